"""Examples as markdown files and back."""

import json
from pathlib import Path

import pytest

from training.commands import main
from training.converting import file_name
from training.examples import Example, ExampleSpec
from training.files import to_line

SPEC = ExampleSpec(
    name="Rename: a/b",
    repository_url="https://example.com/shop",
    revision="0123abc",
    tags=("kind:near", "x"),
    cursor_path="shop/area.py",
    cursor_position="def area(width, height):\n    return width * <|user_cursor|>\n",
    edit_history="--- a/shop/area.py\n+++ b/shop/area.py\n@@ -1,1 +1,1 @@\n-a\n+b\n",
    expected_patches=(
        "--- a/shop/area.py\n+++ b/shop/area.py\n@@ -2,1 +2,1 @@\n-    return\n+    return h\n",
    ),
)


def test_examples_survive_the_way_through_markdown(tmp_path: Path) -> None:
    lines, folder, back = tmp_path / "in.jsonl", tmp_path / "folder", tmp_path / "back.jsonl"
    specs = [SPEC, SPEC.model_copy(update={"name": "other"})]
    lines.write_bytes(b"".join(to_line(Example(spec=spec)) for spec in specs))
    assert main(["convert", str(lines), "-o", str(folder)]) == 0
    assert sorted(path.name for path in folder.iterdir()) == ["Rename-a-b.md", "other.md"]
    assert main(["convert", str(folder), "-o", str(back)]) == 0
    rows = [Example.model_validate_json(line) for line in back.read_text().splitlines()]
    assert [row.spec for row in rows] == specs
    assert [stamp.stage for stamp in rows[0].provenance] == ["convert"]


def test_examples_of_one_name_get_numbers(tmp_path: Path) -> None:
    lines = tmp_path / "in.jsonl"
    lines.write_bytes(to_line(Example(spec=SPEC)) * 3)
    assert main(["convert", str(lines), "-o", str(tmp_path / "out")]) == 0
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["Rename-a-b-2.md", "Rename-a-b-3.md", "Rename-a-b.md"]


def test_a_file_that_is_no_example_is_a_failed_row(tmp_path: Path) -> None:
    (tmp_path / "broken.md").write_bytes(b"\xff\xfe")
    out = tmp_path / "out.jsonl"
    assert main(["convert", str(tmp_path / "broken.md"), "-o", str(out)]) == 1
    failure = json.loads((tmp_path / "out.jsonl.failed.jsonl").read_text())
    assert (failure["name"], failure["code"]) == ("broken", "invalid_row")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a/b c", "a-b-c"), ("../x", "x"), ("", "example"), ("..", "example"), ("é" * 200, "é" * 100)],
)
def test_names_of_files(name: str, expected: str) -> None:
    assert file_name(name) == expected
