"""Which repositories may be learnt from: not reserved, with a history, permissively licensed."""

from collections.abc import Sequence
from pathlib import Path

from eventlog.privacy.licenses import find_license_files, licenses_by_folder
from training.eligibility.reserved import is_reserved, owner_and_name
from training.errors import RowError, RunError
from training.history.git import GitError, Repository


class UnusableRepository(RowError):
    """There is nothing in the repository that may be learnt from."""

    code = "unusable_repository"


def addresses_of(repositories: Sequence[str]) -> list[tuple[str, str]]:
    """Folder and address of each repository, the address empty if the folder holds none.

    Raises ``RunError`` for one that nobody has named right, that is named twice, or that is
    reserved: also if another address is given for it.
    """
    found = [_address_of(named) for named in repositories]
    for at, (_folder, url) in enumerate(found):
        if url and any(owner_and_name(url) == owner_and_name(earlier) for _, earlier in found[:at]):
            raise RunError(f"{url} is named twice")
    return found


def _address_of(named: str) -> tuple[str, str]:
    folder, _equals, given = named.partition("=")
    if not Path(folder).is_dir():
        raise RunError(f"there is no folder {folder}")
    with Repository(Path(folder)) as repository:
        origin = repository.url()
        is_nameless = not (given or origin) and repository.is_repository()
    if is_nameless:
        raise RunError(f"{folder} has no address; name it: {folder}=https://…")
    for url in (given, origin):
        if url and is_reserved(url):
            raise RunError(f"{url} is reserved for evaluation and must not be trained on")
    return folder, given or origin


def usable(
    repository: Repository, url: str, max_commits: int
) -> tuple[dict[str, str | None], list[str]]:
    """Licences by folder, and commits, newest first.

    Raises ``UnusableRepository``, and ``RunError`` if there is no history.
    """
    if not repository.is_repository():
        raise UnusableRepository(f"{repository.folder} is no git repository, or not ours to read")
    if not repository.head():
        raise UnusableRepository(f"{repository.folder} has no commit")
    shas = repository.commits(max_commits)
    licenses = _read_licenses(repository)
    if licenses.get("") is None:
        raise UnusableRepository(f"{url} has no licence of the permissive list")
    return licenses, shas


def _read_licenses(repository: Repository) -> dict[str, str | None]:
    files = repository.files()
    return licenses_by_folder(
        (path, _license_text(repository, files[path])) for path in find_license_files(files)
    )


def _license_text(repository: Repository, blob: str) -> str:
    """Empty, which permits nothing, if it cannot be read."""
    try:
        return repository.read_blob(blob).decode(errors="replace")
    except GitError:
        return ""
