"""Markdown files, filtered, deduplicated and split from the command line."""

import random
import subprocess
import sys
from pathlib import Path

from training.examples import Example, ExampleSpec
from training.files.markdown import write_markdown

CONFIG = """\
percentages: {train: 50, test: 50}
pinned: {test: [acme/r0]}
"""


def training_command(*arguments: str | Path) -> str:
    command = [sys.executable, "-m", "training", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stderr


def written(folder: Path, name: str, repository: str, lines: list[str]) -> None:
    spec = ExampleSpec(
        name=name,
        repository_url=f"https://github.com/acme/{repository}",
        cursor_path="src/a.py",
        cursor_position="\n".join(["<|user_cursor|>", *lines, ""]),
    )
    (folder / f"{name}.md").write_text(write_markdown(Example(spec=spec)))


def test_from_markdown_to_splits(tmp_path: Path) -> None:
    rng = random.Random(1)
    folder = tmp_path / "examples"
    folder.mkdir()
    codes = [[f"name{rng.randrange(10**6)} = {rng.random()}" for _ in range(10)] for _ in range(4)]
    for at, code in enumerate(codes):
        written(folder, f"case{at}", f"r{at}", code)
    written(folder, "copy", "r1", codes[1])
    written(folder, "leak", "r1", [*codes[0][:-1], "last = 1"])
    written(folder, "reserved", "flask", codes[2])
    filtered, deduped, parts = (tmp_path / f"{name}.jsonl" for name in ("f", "d", "s"))

    told = training_command("filter", folder, "-o", filtered, "--no-require-license")
    assert "reserved_repository 1" in told
    told = training_command("dedupe", filtered, "-o", deduped, "--max-per-cluster", "2")
    assert "6 in, 5 out; 1 dropped (duplicate 1)" in told
    config = tmp_path / "split.yaml"
    config.write_text(CONFIG)
    told = training_command("split", deduped, "-o", parts, "--config", config)
    rows = [Example.model_validate_json(line) for line in parts.read_text().splitlines()]
    found = {row.spec.name: row.split for row in rows}
    assert found["case0"] == "test"
    assert ("leak" in found) == (found["case1"] == "test")
    again = tmp_path / "again.jsonl"
    pinned = ("--percentages", "train=50", "--percentages", "test=50")
    place = '{"test": ["https://github.com/acme/r0"], "train": ["acme/r1"]}'
    told = training_command("split", deduped, "-o", again, *pinned, "--pinned", place)
    assert "near_duplicate_of_test 1" in told
