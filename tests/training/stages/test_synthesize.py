import json
import shlex
from collections import Counter
from pathlib import Path

import pytest
from pydantic import ValidationError

from prompt_format.udiff import apply_hunks, read_hunks
from tests.training.history.repositories import AFTER, BEFORE, LICENSE, URL, commit, git, shop
from training.checks.change import text_after
from training.commands import main
from training.errors import RunError
from training.examples import Example
from training.history.rendering import CURSOR_MARKER
from training.stage import Dropped
from training.stages.synthesize import STAGE, SynthesizeConfig, run


def configured(*folders: Path | str, **parameters: object) -> SynthesizeConfig:
    repositories = [str(folder) for folder in folders]
    return SynthesizeConfig.model_validate({"repositories": repositories, **parameters})


def outcomes(*folders: Path | str, **parameters: object) -> list[Example | Dropped]:
    config = configured(*folders, **parameters)
    return [outcome for unit in STAGE.units(config) for outcome in run(unit, config)]


def examples(*folders: Path | str, **parameters: object) -> list[Example]:
    return [each for each in outcomes(*folders, **parameters) if isinstance(each, Example)]


def dropped(*folders: Path | str, **parameters: object) -> Counter[str]:
    found = outcomes(*folders, **parameters)
    return Counter(each.reason for each in found if isinstance(each, Dropped))


def expected_excerpt(example: Example) -> str:
    given = example.prompt_inputs
    assert given is not None
    hunks = read_hunks(example.spec.expected_patches[0])
    return apply_hunks(given.cursor_excerpt, hunks, given.excerpt_start_row or 0)


def test_an_example_says_all_about_its_moment(tmp_path: Path) -> None:
    found = examples(shop(tmp_path / "shop"), examples_per_commit=20, no_edit_rate=0.0)
    assert found
    for example in found:
        given = example.prompt_inputs
        assert given is not None and given.cursor_path == "cart.py"
        assert example.spec.repository_url == URL and example.spec.revision.endswith("~1")
        assert example.license == "MIT" and example.language == "python"
        assert example.spec.tags in (("kind:fim",), ("kind:near",))
        changed = expected_excerpt(example).replace(CURSOR_MARKER, "")
        assert changed != given.cursor_excerpt
        assert CURSOR_MARKER in example.spec.cursor_position


def test_the_history_leads_to_the_excerpt(tmp_path: Path) -> None:
    for example in examples(shop(tmp_path / "shop"), examples_per_commit=20):
        given = example.prompt_inputs
        assert given is not None
        for event in given.events:
            added = [line[1:] for line in event.diff.split("\n") if line.startswith("+")]
            newest = event is given.events[-1]
            assert not newest or all(f"{line}\n" in given.cursor_excerpt for line in added)


def test_silence_is_labelled_by_a_patch_without_a_hunk(tmp_path: Path) -> None:
    found = examples(shop(tmp_path / "shop"), examples_per_commit=20, no_edit_rate=1.0)
    assert {example.spec.tags for example in found} == {("kind:no_edit",)}
    assert all(read_hunks(example.spec.expected_patches[0]) == () for example in found)


def test_a_session_plays_every_keystroke(tmp_path: Path) -> None:
    found = examples(shop(tmp_path / "shop"), mode="sessions", examples_per_commit=1)
    assert len({example.session for example in found}) == 1
    assert [example.step for example in found] == list(range(len(found)))
    offsets = [e.prompt_inputs.cursor_offset_in_excerpt for e in found if e.prompt_inputs]
    assert offsets == list(range(offsets[0], offsets[0] + len(offsets)))


def test_the_seed_decides(tmp_path: Path) -> None:
    folder = shop(tmp_path / "shop")
    assert examples(folder, seed=1) == examples(folder, seed=1)
    assert examples(folder, seed=1) != examples(folder, seed=2)


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/pallets/flask",
        "git@github.com:encode/httpx.git",
        "https://github.com/zed-industries/zed",
        "https://github.com/microsoft/vscode",
    ],
)
def test_repositories_kept_for_evaluation_are_refused(tmp_path: Path, url: str) -> None:
    folder = shop(tmp_path / "shop")
    with pytest.raises(RunError, match="reserved"):
        examples(f"{folder}={url}")
    git(folder, "remote", "set-url", "origin", url)
    with pytest.raises(RunError, match="reserved"):
        examples(folder)


def test_another_address_hides_no_reserved_origin(tmp_path: Path) -> None:
    folder = shop(tmp_path / "shop")
    git(folder, "remote", "set-url", "origin", "https://github.com/pallets/flask")
    with pytest.raises(RunError, match="reserved"):
        examples(f"{folder}={URL}")


def unusable(parent: Path) -> dict[str, str]:
    """Folders that hold nothing to learn from, with what is said of them."""
    for name in ("unlicensed", "inside"):
        git(shop(parent / name), "remote", "set-url", "origin", f"https://example.com/{name}")
    commit(parent / "unlicensed", {"LICENSE": "All rights reserved."})
    (parent / "inside" / "src").mkdir()
    for name in ("empty", "one"):
        git(parent, "init", "-q", name)
        git(parent / name, "remote", "add", "origin", f"https://example.com/{name}")
    commit(parent / "one", {"LICENSE": LICENSE})
    (parent / "plain").mkdir()
    return {
        "unlicensed": "no licence of the permissive list",
        "inside/src": "no git repository",
        "empty": "no commit",
        "one": "no history",
        "plain": "no git repository",
    }


def test_a_repository_of_no_use_fails_alone(tmp_path: Path) -> None:
    reasons = unusable(tmp_path)
    folders = [*(tmp_path / name for name in reasons), shop(tmp_path / "shop")]
    arguments = [f"--repositories={folder}" for folder in folders] + ["--examples-per-commit=40"]
    out = tmp_path / "out.jsonl"
    assert main(["synthesize", *arguments, "-o", str(out)]) == 1
    rows, failures = (
        [json.loads(line) for line in path.read_text().splitlines()]
        for path in (out, tmp_path / "out.jsonl.failed.jsonl")
    )
    assert {row["spec"]["repository_url"] for row in rows} == {URL}
    assert [each["code"] for each in failures] == ["unusable_repository"] * len(reasons)
    for failure, reason in zip(failures, reasons.values(), strict=True):
        assert reason in failure["error"]
    command = shlex.split(failures[1]["rerun"])
    assert command[:4] == ["python", "-m", "training", "synthesize"] and main(command[3:]) == 1


def test_the_newest_commits_are_all_that_a_run_depends_on(tmp_path: Path) -> None:
    folder = shop(tmp_path / "shop")
    assert STAGE.environment is not None
    before = STAGE.environment(configured(folder))
    assert before == STAGE.environment(configured(folder)) and URL in before["heads"]
    commit(folder, {"cart.py": BEFORE})
    assert STAGE.environment(configured(folder)) != before
    for wrong in (tmp_path / "none", f"{folder}=https://github.com/pallets/flask"):
        with pytest.raises(RunError):
            STAGE.environment(configured(wrong))


def test_a_repository_is_named_once(tmp_path: Path) -> None:
    folder = shop(tmp_path / "shop")
    with pytest.raises(RunError, match="named twice"):
        examples(folder, f"{folder}={URL}.git")


def test_a_language_that_no_file_has_is_refused() -> None:
    with pytest.raises(ValidationError, match="no languages: pyhton"):
        configured("shop", languages=["python", "pyhton"])


def test_files_not_to_be_learnt_from_are_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    git(folder, "init", "-q")
    key = "AKIA" + "Z7QWERTYUIOPASDF"
    files: dict[str, str | bytes] = {
        "vendor/a.py": "a = 1\n",
        "app.min.js": "var a=1\n",
        "package-lock.json": "{}\n",
        "secret.py": f"key = '{key}'\n",
        "crlf.py": "a = 1\r\n",
        "binary.py": b"\xff\xfe\x00a",
        "readme.unknown": "text\n",
    }
    commit(folder, {"LICENSE": LICENSE, **dict.fromkeys(files, "")})
    commit(folder, files)
    commit(folder, {"good.py": "answer = 42\n"})
    parameters: dict[str, object] = {"examples_per_commit": 30}
    found = examples(f"{folder}={URL}", **parameters)
    assert {example.spec.cursor_path for example in found} == {"good.py"}
    assert dropped(f"{folder}={URL}", **parameters).keys() == {
        "excluded_path", "secret", "carriage_return", "unknown_language",
    }  # fmt: skip


def test_what_no_editor_shows_is_left_out(tmp_path: Path) -> None:
    folder = shop(tmp_path / "shop")
    commit(folder, {"a.py": "a = 1\r\nb = 2\r\n", "b.py": b"a = '\xe9'\n"})
    commit(folder, {"a.py": "a = 1\nb = 2\n", "b.py": "a = 'é'\n"})
    commit(folder, {"c.py": "\ufeffa = 1\n", "d.py": "a = '<|user_cursor|>'\n"})
    commit(folder, {"d.py": "a = 1\n"})
    commit(folder, {})
    found = outcomes(folder, examples_per_commit=30)
    assert {each.spec.cursor_path for each in found if isinstance(each, Example)} == {"cart.py"}
    assert dropped(folder, examples_per_commit=30) == {
        "carriage_return": 2, "not_utf8": 1, "replacement_character": 1, "byte_order_mark": 1,
        "holds_a_marker": 2, "no_text_changed": 1,
    }  # fmt: skip


def test_an_edit_that_the_excerpt_does_not_hold_is_left_out(tmp_path: Path) -> None:
    folder = shop(tmp_path / "shop")
    lines = [f"{number}: {'many words ' * 13}\n" for number in range(9)]
    commit(folder, {"long.md": "".join(lines)})
    commit(folder, {"long.md": "".join([*lines[:4], "few words\n", *lines[4:]])})
    parameters: dict[str, object] = {"examples_per_commit": 30, "excerpt_tokens": 128}
    assert "edit_beyond_excerpt" in dropped(folder, **parameters)
    for each in outcomes(folder, **parameters):
        if isinstance(each, Example) and each.prompt_inputs is not None:
            assert text_after(each.prompt_inputs, each.spec.expected_patches[0])


def test_changes_that_nobody_sees_are_never_asked_for(tmp_path: Path) -> None:
    folder = shop(tmp_path / "shop")
    spaced = AFTER.replace("    return total", "\n    return total  ").replace("\n\n\n", "\n\n")
    commit(folder, {"cart.py": spaced})
    for mode in ("moments", "sessions"):
        found = examples(folder, examples_per_commit=40, no_edit_rate=0.0, mode=mode)
        assert {seen(example) for example in found} == {True}


def seen(example: Example) -> bool:
    """Whether the answer changes more than blank lines and the ends of lines."""
    assert example.prompt_inputs is not None
    sides = example.prompt_inputs.cursor_excerpt, expected_excerpt(example)
    before, after = ([line.rstrip() for line in side.split("\n") if line.strip()] for side in sides)
    return before != [line.replace(CURSOR_MARKER, "").rstrip() for line in after]


def test_a_submodule_called_license_is_none(tmp_path: Path) -> None:
    folder = shop(tmp_path / "shop")
    place = f"160000,{'1' * 40},third party/license"
    git(folder, "update-index", "--add", "--cacheinfo", place)
    git(folder, "commit", "-m", "a submodule")
    assert examples(folder)


def test_a_folder_without_an_address_is_named(tmp_path: Path) -> None:
    folder = shop(tmp_path / "shop")
    git(folder, "remote", "remove", "origin")
    with pytest.raises(RunError, match="address"):
        examples(folder)
