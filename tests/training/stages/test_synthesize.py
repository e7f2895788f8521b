from pathlib import Path

import pytest

from prompt_format.udiff import apply_hunks, read_hunks
from tests.training.history.repositories import LICENSE, URL, commit, git, shop
from training.errors import RunError
from training.examples import Example
from training.history.rendering import CURSOR_MARKER
from training.stages.synthesize import STAGE, SynthesizeConfig, run


def examples(*folders: Path | str, **parameters: object) -> list[Example]:
    repositories = [str(folder) for folder in folders]
    config = SynthesizeConfig.model_validate({"repositories": repositories, **parameters})
    return [example for unit in STAGE.units(config) for example in run(unit, config)]


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


def test_a_repository_without_a_permissive_licence_is_refused(tmp_path: Path) -> None:
    folder = shop(tmp_path / "shop")
    commit(folder, {"LICENSE": "All rights reserved."})
    with pytest.raises(RunError, match="licence"):
        examples(folder)


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
    found = examples(f"{folder}={URL}", examples_per_commit=30)
    assert {example.spec.cursor_path for example in found} <= {"good.py"}


def test_a_folder_without_an_address_is_named(tmp_path: Path) -> None:
    folder = shop(tmp_path / "shop")
    git(folder, "remote", "remove", "origin")
    with pytest.raises(RunError, match="address"):
        examples(folder)
