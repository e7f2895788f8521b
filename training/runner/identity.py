"""What the content of an output depends on, and the key that stands for all of it."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from training.examples import Stamp
from training.files import InputFile
from training.files.fingerprints import Fingerprint, fingerprint, folder_fingerprints
from training.runner.options import RunOptions
from training.stage import ClientStage, SourceStage, Stage, StageConfig

LAYOUT = 1
"""Raised when the runner itself writes rows in another way."""


@dataclass(frozen=True, slots=True)
class Identity:
    """All that the content of an output depends on."""

    stage: str
    version: int
    parameters: dict[str, Any]
    environment: dict[str, str]
    selection: dict[str, Any]
    inputs: tuple[Fingerprint, ...]
    parameter_files: tuple[Fingerprint, ...]

    @property
    def key(self) -> str:
        """SHA-256 over everything but names and times of files."""
        parts = {
            "layout": LAYOUT,
            "stage": self.stage,
            "version": self.version,
            "parameters": self.parameters,
            "environment": self.environment,
            "selection": self.selection,
            "inputs": [each.sha256 for each in self.inputs],
            "parameter_files": [each.sha256 for each in self.parameter_files],
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def with_inputs(self, inputs: tuple[Fingerprint, ...]) -> "Identity":
        """The same run on other inputs."""
        return replace(self, inputs=inputs)

    def as_fields(self) -> dict[str, Any]:
        """The part of a manifest that says how its output came to be."""
        return {"key": self.key, **{each.name: getattr(self, each.name) for each in fields(self)}}


def identity_of(
    stage: Stage,
    config: StageConfig,
    inputs: Iterable[InputFile],
    options: RunOptions,
    known: Mapping[str, Fingerprint],
) -> Identity:
    """Of a run of ``stage``. Files in ``known`` that did not change are not read again."""
    return Identity(
        stage=stage.name,
        version=stage.version,
        parameters=config.model_dump(mode="json"),
        environment=_environment(stage, config),
        selection=options.selection.model_dump(mode="json", exclude_defaults=True)
        | ({"failed": options.failed} if options.failed != "skip" else {}),
        inputs=tuple(fingerprint(file.path, file.name, known) for file in inputs),
        parameter_files=tuple(_files_of(config, known)),
    )


def stamp_of(identity: Identity, config: StageConfig) -> Stamp:
    """What each row of the run is marked with, but for its own input."""
    changed = config.model_dump(mode="json", exclude_defaults=True)
    environment = identity.environment
    return Stamp(
        stage=identity.stage,
        version=identity.version,
        parameters=changed,
        model=environment.get("model") or environment.get("student"),
        template=environment.get("template"),
    )


def _environment(stage: Stage, config: StageConfig) -> dict[str, str]:
    if isinstance(stage, ClientStage):
        return stage.environment(config)
    if not isinstance(stage, SourceStage):
        return {}
    if stage.environment is not None:
        return stage.environment(config)
    digest = hashlib.sha256()
    for unit in stage.units(config):
        digest.update(repr(unit).encode(errors="backslashreplace"))
    return {"units": digest.hexdigest()}


def _files_of(config: StageConfig, known: Mapping[str, Fingerprint]) -> Iterator[Fingerprint]:
    """The files, and those in folders, that parameters name."""
    for path in _paths_of(config):
        if path.is_file():
            yield fingerprint(path, str(path), known)
        elif path.is_dir():
            yield from folder_fingerprints(path, known)


def _paths_of(value: Any) -> Iterator[Path]:
    if isinstance(value, Path):
        yield value
    elif isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            if not field.exclude:
                yield from _paths_of(getattr(value, name))
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _paths_of(each)
