"""Which files make up the model that is served: a model's folder and, on top, an adapter's."""

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from model.config import ModelConfig
from model.errors import ModelFilesError
from model.presets import Preset, find_preset
from model.weights.folder import VERSION_DIGITS, ModelFolder, file_sha256
from model.weights.layout import ADAPTER_FILES
from model.weights.obtain import SMOLLM2, WheelSource
from model.weights.release import Release
from model.weights.resolve import hub_cache, resolve_model_folder


@dataclass(frozen=True, slots=True)
class AdapterFolder:
    """An adapter's folder. ``version`` changes with its content."""

    path: Path
    name: str
    version: str


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """Checked folders; ``name`` and ``version`` are those of the whole."""

    folder: ModelFolder
    adapter: AdapterFolder | None = None

    @property
    def name(self) -> str:
        return self.folder.name if self.adapter is None else self.adapter.name

    @property
    def version(self) -> str:
        """The model's digest and, with an adapter, that one's."""
        if self.adapter is None:
            return self.folder.version
        return f"{self.folder.version}+{self.adapter.version}"


def resolve_model_files(
    config: ModelConfig,
    release: Release | None,
    environment: Mapping[str, str] = os.environ,
    source: WheelSource = SMOLLM2,
    report: Callable[[str], None] = lambda _: None,
) -> ModelFiles:
    """What ``config`` and the ``release`` that it names stand for. Raises ``ModelFilesError``."""
    if config.preset is not None:
        return ModelFiles(_preset_folder(find_preset(config.preset), config, environment, report))
    if release is None:
        folder = resolve_model_folder(config, environment, source, report)
        adapter = None if config.adapter is None else open_adapter_folder(config.adapter)
        return ModelFiles(folder, adapter)
    release.verify()
    record = release.record
    if record.base is None:
        return ModelFiles(ModelFolder(release.path, record.version, title=record.name))
    folder = resolve_model_folder(config, environment, source, report, record.base)
    return ModelFiles(folder, AdapterFolder(release.path, record.name, record.version))


def _preset_folder(
    preset: Preset,
    config: ModelConfig,
    environment: Mapping[str, str],
    report: Callable[[str], None],
) -> ModelFolder:
    """The folder that ``config`` names, else the hub's.

    Of a model that is served elsewhere only the vocabulary is needed here.
    """
    if config.path is not None:
        return ModelFolder(config.path, config.path.name[:VERSION_DIGITS], title=preset.name)
    from model.weights.hub import hub_folder

    with_weights = config.engine != "remote"
    cache = hub_cache(environment)
    return hub_folder(preset.model_id, preset.name, cache, report, with_weights=with_weights)


def open_adapter_folder(path: Path) -> AdapterFolder:
    """An adapter that no release describes. Raises ``ModelFilesError`` for a missing file."""
    for name in ADAPTER_FILES:
        if not (path / name).is_file():
            raise ModelFilesError(
                f"{path / name} is missing; put it there or correct FORETYPE_MODEL_ADAPTER"
            )
    digests = "".join(file_sha256(path / name) for name in ADAPTER_FILES)
    version = hashlib.sha256(digests.encode()).hexdigest()[:VERSION_DIGITS]
    return AdapterFolder(path, path.name, version)
