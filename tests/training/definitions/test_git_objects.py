from pathlib import Path

import pytest

from tests.training.history.repositories import AFTER, BEFORE, commit, git, shop
from training.definitions.git_objects import GitObjects
from training.history.git import GitError


def test_folders_and_files_of_a_revision(tmp_path: Path) -> None:
    folder = shop(tmp_path / "shop")
    commit(folder, {"src/a/ä b.py": "a = 1\n"})
    (folder / "link").symlink_to("cart.py")
    commit(folder, {})
    with GitObjects(folder) as objects:
        entries = {each.name: each for each in objects.folder(objects.folder_id("HEAD"))}
        assert set(entries) == {"LICENSE", "cart.py", "src"}
        assert objects.file(entries["cart.py"].id).decode() == AFTER
        (inner,) = objects.folder(entries["src"].id)
        assert inner.is_folder and inner.name == "a"
        (file,) = objects.folder(inner.id)
        assert file.name == "ä b.py" and objects.file(file.id) == b"a = 1\n"
        before = {each.name: each for each in objects.folder(objects.folder_id("HEAD~3"))}
        assert objects.file(before["cart.py"].id).decode() == BEFORE


@pytest.mark.parametrize("revision", ["HEAD~9", "nowhere", "HEAD\nHEAD", "", "-p", "HEAD:cart.py"])
def test_a_revision_that_is_not_there_fails_alone(tmp_path: Path, revision: str) -> None:
    with GitObjects(shop(tmp_path / "shop")) as objects:
        with pytest.raises(GitError):
            objects.folder_id(revision)
        assert objects.folder(objects.folder_id("HEAD"))


def test_an_object_of_another_kind_is_refused(tmp_path: Path) -> None:
    with GitObjects(shop(tmp_path / "shop")) as objects:
        with pytest.raises(GitError, match="kind"):
            objects.file(objects.folder_id("HEAD"))
        with pytest.raises(GitError, match="not in the repository"):
            objects.file("0" * 40)


def test_a_bare_repository_is_read_as_well(tmp_path: Path) -> None:
    folder = shop(tmp_path / "shop")
    git(folder, "clone", "--bare", "-q", str(folder), str(tmp_path / "shop.git"))
    with GitObjects(tmp_path / "shop.git") as objects:
        assert len(objects.folder(objects.folder_id("HEAD"))) == 2


def test_a_folder_without_a_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: /nowhere\n")
    with GitObjects(tmp_path) as objects, pytest.raises(GitError):
        objects.folder_id("HEAD")
