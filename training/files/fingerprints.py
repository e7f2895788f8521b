"""Whether a file is the one that was read before: by size and time, or else by its content."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from training.errors import RunError


class Fingerprint(BaseModel):
    """A file at a moment. ``modified_ns`` is its time of change, nanoseconds since 1970."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    num_bytes: int
    modified_ns: int
    sha256: str

    def is_current(self, path: Path) -> bool:
        """Whether ``path`` still has this size and time."""
        try:
            status = path.stat()
        except OSError:
            return False
        return (status.st_size, status.st_mtime_ns) == (self.num_bytes, self.modified_ns)


def fingerprint(path: Path, name: str, known: Mapping[str, Fingerprint]) -> Fingerprint:
    """Of the file ``path``, which is called ``name``; its content is read unless it is known.

    Raises ``RunError`` for a file that cannot be read.
    """
    earlier = known.get(name)
    if earlier is not None and earlier.is_current(path):
        return earlier
    try:
        status = path.stat()
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise RunError(f"{path} cannot be read: {error.strerror}") from None
    return Fingerprint(
        path=name, num_bytes=status.st_size, modified_ns=status.st_mtime_ns, sha256=digest
    )


def folder_fingerprints(folder: Path, known: Mapping[str, Fingerprint]) -> list[Fingerprint]:
    """Of every file below ``folder``, by path."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [fingerprint(path, str(path), known) for path in files]


def by_name(fingerprints: Iterable[Fingerprint]) -> dict[str, Fingerprint]:
    """To look up by the name of the file."""
    return {each.path: each for each in fingerprints}


def folder_sha256(folder: Path) -> str:
    """Of the content of ``folder``: names and bytes, whatever it is called itself."""
    digest = hashlib.sha256()
    for each in folder_fingerprints(folder, {}):
        inside = Path(each.path).relative_to(folder).as_posix()
        digest.update(f"{inside}\0{each.sha256}\n".encode())
    return digest.hexdigest()
