from pathlib import Path

import pytest

from tests.training.history.repositories import AFTER, BEFORE, URL, commit, git, shop
from training.errors import RunError
from training.history.git import ChangedBlock, GitError, Repository


def test_a_commit_is_read_as_blocks_of_lines(tmp_path: Path) -> None:
    with Repository(shop(tmp_path / "shop")) as repository:
        (sha,) = repository.commits()
        (read,) = repository.read_commits([sha])
        (change,) = read.changes
        assert change.path == "cart.py" and not change.is_new
        assert change.blocks[0] == ChangedBlock(1, (), ("from decimal import Decimal",))
        assert change.blocks[1] == ChangedBlock(3, ("TAX = 0.2",), ('TAX = Decimal("0.2")',))
        assert repository.read_blob(change.new_blob).decode() == AFTER
        assert repository.read_blob(f"{read.parent}:cart.py").decode() == BEFORE


def test_blocks_lead_from_the_old_file_to_the_new(tmp_path: Path) -> None:
    with Repository(shop(tmp_path / "shop")) as repository:
        (read,) = repository.read_commits(repository.commits())
        lines = AFTER.split("\n")
        for block in reversed(read.changes[0].blocks):
            end = block.new_row + len(block.new_lines)
            assert tuple(lines[block.new_row : end]) == block.new_lines
            lines[block.new_row : end] = block.old_lines
        assert "\n".join(lines) == BEFORE


def test_the_address_is_that_of_origin(tmp_path: Path) -> None:
    assert Repository(shop(tmp_path / "shop")).url() == URL


def test_binary_deleted_and_empty_changes_are_no_text_changes(tmp_path: Path) -> None:
    folder = shop(tmp_path / "shop")
    commit(folder, {"logo.png": b"\x00\x01\x02" * 50})
    commit(folder, {})
    git(folder, "rm", "-q", "cart.py")
    commit(folder, {})
    with Repository(folder) as repository:
        newest = repository.commits()[:3]
        assert [read.changes for read in repository.read_commits(newest)] == [(), (), ()]


def test_merges_and_the_first_commit_are_left_out(tmp_path: Path) -> None:
    folder = shop(tmp_path / "shop")
    git(folder, "checkout", "-q", "-b", "side", "HEAD~1")
    commit(folder, {"side.py": "x = 1\n"})
    git(folder, "merge", "-q", "--no-edit", "master" if _has(folder, "master") else "main")
    assert len(Repository(folder).commits()) == 2


def _has(folder: Path, branch: str) -> bool:
    return (folder / ".git" / "refs" / "heads" / branch).exists()


def test_a_folder_without_history_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=str(tmp_path)):
        Repository(tmp_path).commits()
    empty = tmp_path / "empty"
    empty.mkdir()
    git(empty, "init", "-q")
    with pytest.raises(RunError, match="empty"):
        Repository(empty).commits()


def test_commits_that_a_partial_clone_cannot_show_are_left_out(tmp_path: Path) -> None:
    folder = shop(tmp_path / "shop")
    commit(folder, {"big.py": "a = 1\n"})
    commit(folder, {"cart.py": BEFORE})
    with Repository(folder) as repository:
        shas = repository.commits()
        blob = next(iter(repository.read_commits([shas[1]]))).changes[0].new_blob
        object_file = folder / ".git" / "objects" / blob[:2] / blob[2:]
        object_file.unlink()
        assert [read.sha for read in repository.read_commits(shas)] == [shas[0], shas[2]]
        with pytest.raises(GitError):
            list(repository.read_commits([shas[1]]))


def test_a_missing_object_is_an_error_and_the_next_one_is_read(tmp_path: Path) -> None:
    with Repository(shop(tmp_path / "shop")) as repository:
        with pytest.raises(GitError):
            repository.read_blob("0" * 40)
        with pytest.raises(GitError):
            repository.read_blob("HEAD:")
        assert repository.read_blob("HEAD:cart.py").decode() == AFTER
