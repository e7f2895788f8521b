"""A folder of model files: is everything there and whole, and which version is it.

A folder with a manifest is compared with it byte by byte. Without one (the hub's) the files' own
structure is checked, which finds a truncated file, but not a changed one.
"""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from model.errors import ModelFilesError
from model.weights.layout import CONFIG_FILE, MANIFEST_FILE, MODEL_FILES, REMEDY, WEIGHTS_FILE

VERSION_DIGITS = 12


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A folder whose files have been checked. ``version`` changes with their content.

    ``title`` is the model's name where the folder's is not. ``listed_sha256`` is the weights'
    digest, if checking has compared it.
    """

    path: Path
    version: str
    title: str | None = None
    listed_sha256: str | None = None

    @property
    def name(self) -> str:
        """The model's name: the folder's, or in a hub cache that of the folder for all versions."""
        if self.title is not None:
            return self.title
        hub_folder = next((part for part in self.path.parts if part.startswith("models--")), "")
        return hub_folder.rpartition("--")[2] or self.path.name

    def weights_sha256(self) -> str:
        """Digest of the weights' file, read for it if need be."""
        return self.listed_sha256 or file_sha256(self.path / WEIGHTS_FILE)


def open_model_folder(path: Path, remedy: str = REMEDY) -> ModelFolder:
    """Check ``path``. Raises ``ModelFilesError`` with the file at fault and the remedy."""
    for name in MODEL_FILES:
        if not (path / name).is_file():
            raise ModelFilesError(f"{path / name} is missing; {remedy}")
    if (path / MANIFEST_FILE).exists():
        version, weights_sha256 = _check_manifest(path, remedy)
        return ModelFolder(path, version, listed_sha256=weights_sha256)
    return ModelFolder(path, _check_structure(path, remedy))


def write_manifest(path: Path, source: str) -> None:
    """Record size and SHA-256 of the folder's files."""
    files = {
        name: {"size": (path / name).stat().st_size, "sha256": file_sha256(path / name)}
        for name in MODEL_FILES
    }
    manifest = {"source": source, "files": files}
    (path / MANIFEST_FILE).write_text(json.dumps(manifest, indent=2) + "\n")


def file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_manifest(path: Path, remedy: str) -> tuple[str, str]:
    """Version of the folder, digest of its weights."""
    try:
        files = json.loads((path / MANIFEST_FILE).read_bytes())["files"]
        for name in MODEL_FILES:
            size = (path / name).stat().st_size
            if size != files[name]["size"]:
                wanted = files[name]["size"]
                raise ModelFilesError(f"{path / name} has {size} bytes, not {wanted}; {remedy}")
            if file_sha256(path / name) != files[name]["sha256"]:
                raise ModelFilesError(f"{path / name} is damaged: wrong SHA-256; {remedy}")
    except (ValueError, KeyError, TypeError) as error:
        raise ModelFilesError(f"{path / MANIFEST_FILE} is damaged; {remedy}") from error
    digests = "".join(files[name]["sha256"] for name in MODEL_FILES)
    version = hashlib.sha256(digests.encode()).hexdigest()[:VERSION_DIGITS]
    return version, files[WEIGHTS_FILE]["sha256"]


def _check_structure(path: Path, remedy: str) -> str:
    weights = path / WEIGHTS_FILE
    size = os.path.getsize(weights)
    try:
        with weights.open("rb") as file:
            header_size = int.from_bytes(file.read(8), "little")
            header = file.read(header_size) if header_size < size else b""
        tensors = json.loads(header)
        tensors.pop("__metadata__", None)
        wanted = 8 + header_size + max(tensor["data_offsets"][1] for tensor in tensors.values())
    except (ValueError, KeyError, TypeError) as error:
        raise ModelFilesError(f"{weights} is damaged: unreadable header; {remedy}") from error
    if size != wanted:
        raise ModelFilesError(f"{weights} has {size} bytes, not {wanted}; {remedy}")
    identity = (path / CONFIG_FILE).read_bytes() + header + str(size).encode()
    return hashlib.sha256(identity).hexdigest()[:VERSION_DIGITS]
