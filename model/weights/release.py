"""A release on disk: found by its name, read, and compared with what it says of itself.

Releases that lie in the repository are folders of ``model/releases``; any other folder is named by
its path. Reading the record is cheap; ``verify`` reads every byte.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from model.config import ModelConfig
from model.engine import ModelCard
from model.errors import ModelFilesError
from model.presets import find_preset
from model.weights.folder import file_sha256
from model.weights.layout import ADAPTER_FILES, MODEL_FILES, RELEASE_FILE
from model.weights.reading import reading
from model.weights.release_record import ReleaseRecord

RELEASES = Path(__file__).parents[1] / "releases"
REMEDY = "restore the release's files, or set FORETYPE_MODEL_RELEASE=none to serve the bare model"


@dataclass(frozen=True, slots=True)
class Release:
    """A release whose record has been read and whose files are there."""

    path: Path
    record: ReleaseRecord

    @property
    def is_adapter(self) -> bool:
        return self.record.base is not None

    def verify(self) -> None:
        """Compare every file with its digest. Raises ``ModelFilesError``."""
        for name, file in self.record.files.items():
            with reading(self.path / name, REMEDY):
                found = file_sha256(self.path / name)
            if found != file.sha256:
                raise ModelFilesError(f"{self.path / name} is damaged: wrong SHA-256; {REMEDY}")


def configured_release(config: ModelConfig, folder: Path = RELEASES) -> Release | None:
    """The release that ``config`` names; None for a bare model. Raises ``ModelFilesError``."""
    name = config.release_name
    return None if name is None else open_release(find_release(name, folder))


def card_of(config: ModelConfig, release: Release | None) -> ModelCard | None:
    """How the preset's or release's model is to be asked; None for a bare model.

    Raises ``ModelFilesError`` for an unknown preset.
    """
    if config.preset is not None:
        return find_preset(config.preset).card
    if release is None:
        return None
    record = release.record
    return ModelCard(
        prompt_format=record.prompt_format,
        max_prompt_tokens=record.limits.max_prompt_tokens,
        max_output_tokens=record.limits.max_output_tokens,
        temperature=record.sampling.temperature,
        typed_line=record.observation.typed_line,
    )


def find_release(name: str, folder: Path = RELEASES) -> Path:
    """The folder of the release ``name``, which may be a path. Raises ``ModelFilesError``."""
    path = Path(name) if os.sep in name else folder / name
    with reading(path, REMEDY):
        if path.is_dir():
            return path
        known = sorted(file.parent.name for file in folder.glob(f"*/{RELEASE_FILE}"))
    raise ModelFilesError(
        f"there is no release {path}; correct FORETYPE_MODEL_RELEASE:"
        f" {', '.join([*known, 'none'])}, or the path of a folder"
    )


def open_release(path: Path) -> Release:
    """Read the record, look whether all files are there. Raises ``ModelFilesError``."""
    file = path / RELEASE_FILE
    try:
        with reading(file, REMEDY):
            record = ReleaseRecord.model_validate_json(file.read_bytes())
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"]) or "no JSON"
        raise ModelFilesError(f"{file} is damaged ({where}); {REMEDY}") from None
    wanted = MODEL_FILES if record.base is None else ADAPTER_FILES
    if set(record.files) != set(wanted):
        raise ModelFilesError(f"{file} does not list {', '.join(wanted)}; {REMEDY}")
    if record.version != record.computed_version():
        raise ModelFilesError(f"{file} is damaged: it is not version {record.version}; {REMEDY}")
    for name, listed in record.files.items():
        with reading(path / name, REMEDY):
            size = (path / name).stat().st_size
        if size != listed.size:
            raise ModelFilesError(f"{path / name} has {size} bytes, not {listed.size}; {REMEDY}")
    return Release(path, record)
