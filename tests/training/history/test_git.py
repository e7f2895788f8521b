from pathlib import Path

import pytest

from tests.training.history.repositories import AFTER, BEFORE, URL, commit, git, shop
from training.errors import RunError
from training.history.git import ChangedBlock, Commit, GitError, Repository, UnreadableCommit


def read_all(repository: Repository, shas: list[str]) -> list[Commit]:
    return [read for read in repository.read_commits(shas) if isinstance(read, Commit)]


def test_a_commit_is_read_as_blocks_of_lines(tmp_path: Path) -> None:
    with Repository(shop(tmp_path / "shop")) as repository:
        (sha,) = repository.commits()
        (read,) = read_all(repository, [sha])
        (change,) = read.changes
        assert change.path == "cart.py" and not change.is_new
        assert change.blocks[0] == ChangedBlock(1, (), ("from decimal import Decimal",))
        assert change.blocks[1] == ChangedBlock(3, ("TAX = 0.2",), ('TAX = Decimal("0.2")',))
        assert repository.read_blob(change.new_blob).decode() == AFTER
        assert repository.read_blob(f"{read.parent}:cart.py").decode() == BEFORE


def test_blocks_lead_from_the_old_file_to_the_new(tmp_path: Path) -> None:
    with Repository(shop(tmp_path / "shop")) as repository:
        (read,) = read_all(repository, repository.commits())
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
        assert [read.changes for read in read_all(repository, newest)] == [(), (), ()]


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


def test_commits_that_a_partial_clone_cannot_show_are_told(tmp_path: Path) -> None:
    folder = shop(tmp_path / "shop")
    commit(folder, {"big.py": "a = 1\n"})
    commit(folder, {"cart.py": BEFORE})
    with Repository(folder) as repository:
        shas = repository.commits()
        blob = read_all(repository, [shas[1]])[0].changes[0].new_blob
        object_file = folder / ".git" / "objects" / blob[:2] / blob[2:]
        object_file.unlink()
        found = list(repository.read_commits(shas))
        assert [read.sha for read in found] == shas
        assert [isinstance(read, UnreadableCommit) for read in found] == [False, True, False]
        with pytest.raises(GitError):
            list(repository.read_commits([shas[1]]))


def test_a_missing_object_is_an_error_and_the_next_one_is_read(tmp_path: Path) -> None:
    with Repository(shop(tmp_path / "shop")) as repository:
        with pytest.raises(GitError):
            repository.read_blob("0" * 40)
        with pytest.raises(GitError):
            repository.read_blob("HEAD:")
        with pytest.raises(GitError):
            repository.read_blob("HEAD:not there")
        assert repository.read_blob("HEAD:cart.py").decode() == AFTER


def test_a_nul_within_a_file_ends_no_commit(tmp_path: Path) -> None:
    folder = shop(tmp_path / "shop")
    lines = b"".join(b"line_%d = %d\n" % (number, number) for number in range(900))
    commit(folder, {"nul.py": lines + b'x = "\0secret words"\n', "z.py": "a = 1\n"})
    with Repository(folder) as repository:
        shas = repository.commits()
        found = read_all(repository, shas)
        assert [read.sha for read in found] == shas
        assert [change.path for change in found[0].changes] == ["nul.py", "z.py"]


def test_neither_configuration_nor_environment_changes_what_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shop(tmp_path / "shop")
    with Repository(folder) as repository:
        calm = read_all(repository, repository.commits())
    for name, value in {
        "diff.interHunkContext": "20",
        "diff.orderFile": "order",
        "diff.noprefix": "true",
        "log.showSignature": "true",
        "color.ui": "always",
    }.items():
        git(folder, "config", name, value)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    with Repository(folder) as repository:
        assert read_all(repository, repository.commits()) == calm


def test_a_folder_within_a_repository_is_none(tmp_path: Path) -> None:
    inside = shop(tmp_path / "shop") / "src"
    inside.mkdir()
    assert Repository(tmp_path / "shop").is_repository()
    assert not Repository(inside).is_repository()
    with pytest.raises(RunError, match="no git repository"):
        Repository(inside).commits()


def test_the_newest_commit_and_files_by_their_objects(tmp_path: Path) -> None:
    folder = shop(tmp_path / "shop")
    head = Repository(folder).head()
    assert head == Repository(folder).commits()[0]
    with Repository(folder) as repository:
        files = repository.files()
        assert sorted(files) == ["LICENSE", "cart.py"]
        assert repository.read_blob(files["cart.py"]).decode() == AFTER
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{folder}", "cut")
    assert Repository(tmp_path / "cut").head() == f"{head} (shallow)"
    git(tmp_path, "init", "-q", "new")
    assert Repository(tmp_path / "new").head() == ""
