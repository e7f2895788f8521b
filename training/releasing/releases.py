"""Packs trained weights as a model version that the server loads by its name.

What is packed is loaded once by the engine that will serve it, so that a release that does not fit
its base model, or holds what the engine does not know, never comes to be.
"""

import json
import os
import shutil
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from model import ModelConfig, ModelFilesError
from model.weights import ModelFolder, open_model_folder, open_release, resolve_model_files
from model.weights.folder import file_sha256
from model.weights.layout import ADAPTER_FILES, CARD_FILE, MODEL_FILES, RELEASE_FILE
from model.weights.release_record import (
    RELEASE_NAME,
    BaseModelRecord,
    ObservationRecord,
    ReleasedFile,
    ReleaseRecord,
    SamplingRecord,
    TokenLimits,
)
from prompt_format import UnknownPromptFormat, find_format
from training.errors import RunError
from training.evaluation.summary import Summary
from training.releasing.data_manifest import MANIFEST_FILE, read_data_manifest
from training.releasing.model_card import model_card
from training.stage import StageConfig

SUMMARY_FILE = "summary.json"
TRAINING_FILE = "training.json"
"""What ``evaluate`` and ``train`` write beside their results."""


class ReleaseConfig(StageConfig):
    """What a release says besides its weights. Token limits are those of training and evaluation.

    ``evaluation`` and ``data`` are files, or the folders that ``evaluate`` and ``manifest`` wrote.
    """

    name: str = Field(pattern=RELEASE_NAME, description="Name by which the server loads it.")
    model: Path = Field(description="Folder of the base model.")
    prompt_format: str = Field(default="foretype-span", description="Format trained on.")
    max_prompt_tokens: int = Field(default=768, ge=64)
    max_output_tokens: int = Field(default=128, ge=1)
    temperature: float = Field(default=0.0, ge=0, le=2, description="0 is greedy.")
    typed_line: bool = Field(
        default=True, description="Whether the history showed the line that was being typed."
    )
    evaluation: Path = Field(description="Summary of the evaluation, JSON.")
    data: Path = Field(description="Manifest of the data trained on, JSON.")
    license: str = Field(default="Apache-2.0", description="SPDX id of the weights' licence.")
    description: str = Field(default="", description="First paragraph of the model card.")
    created: date | None = Field(default=None, description="Date of the release; unset: today.")
    max_adapter_bytes: int = Field(
        default=45_000_000, ge=1, description="An adapter lies in the repository: no larger."
    )


def pack_release(trained: Path, config: ReleaseConfig, out: Path) -> ReleaseRecord:
    """Write the release of the weights in ``trained`` into ``out``, whole or not at all.

    Raises ``RunError``, also if the engine that will serve the release cannot load it.
    """
    if out.exists():
        raise RunError(f"{out} exists already; a release never changes: name another folder")
    names = ADAPTER_FILES if (trained / ADAPTER_FILES[0]).is_file() else MODEL_FILES
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as temporary:
        work = Path(temporary) / out.name
        work.mkdir()
        _copy(trained, names, work, config)
        try:
            record = _record(trained, names, work, config)
            (work / RELEASE_FILE).write_text(record.model_dump_json(indent=2) + "\n")
            (work / CARD_FILE).write_text(model_card(record, config.description))
            _load(work, config)
        except ModelFilesError as error:
            raise RunError(str(error).replace(f"{temporary}{os.sep}", "")) from None
        os.rename(work, out)
    return record


def _copy(trained: Path, names: tuple[str, ...], work: Path, config: ReleaseConfig) -> None:
    for name in names:
        if not (trained / name).is_file():
            raise RunError(f"{trained / name} is missing; is {trained} what train wrote?")
        shutil.copyfile(trained / name, work / name)
    if names == ADAPTER_FILES:
        num_bytes = sum((work / name).stat().st_size for name in names)
        if num_bytes > config.max_adapter_bytes:
            raise RunError(
                f"the adapter has {num_bytes} bytes, more than {config.max_adapter_bytes};"
                " train a smaller rank, or raise max_adapter_bytes"
            )


def _record(
    trained: Path, names: tuple[str, ...], work: Path, config: ReleaseConfig
) -> ReleaseRecord:
    training = _read(trained / TRAINING_FILE)
    prompt_format = _checked_format(config.prompt_format, training)
    files = {
        name: ReleasedFile(size=(work / name).stat().st_size, sha256=file_sha256(work / name))
        for name in names
    }
    record = ReleaseRecord(
        name=config.name,
        version="",
        base=_base(open_model_folder(config.model)) if names == ADAPTER_FILES else None,
        prompt_format=prompt_format,
        limits=TokenLimits(
            max_prompt_tokens=config.max_prompt_tokens, max_output_tokens=config.max_output_tokens
        ),
        sampling=SamplingRecord(temperature=config.temperature),
        observation=ObservationRecord(typed_line=config.typed_line),
        files=files,
        license=config.license,
        created=config.created or datetime.now(UTC).date(),
        evaluation=_evaluation(config.evaluation),
        data=_data(config.data),
        training=training,
    )
    return record.model_copy(update={"version": record.computed_version()})


def _base(folder: ModelFolder) -> BaseModelRecord:
    return BaseModelRecord(name=folder.name, weights_sha256=folder.weights_sha256())


def _checked_format(name: str, training: dict[str, Any]) -> str:
    try:
        found = find_format(name).name
    except UnknownPromptFormat as error:
        raise RunError(str(error)) from None
    data = training.get("data")
    trained = data.get("prompt_formats", [found]) if isinstance(data, dict) else [found]
    if trained != [found]:
        formats = ", ".join(map(str, trained)) if isinstance(trained, list) else str(trained)
        raise RunError(f"the weights were trained on {formats}, not on {found}")
    return found


def _evaluation(path: Path) -> dict[str, Any]:
    """The summary of an evaluation: that of ``evaluate``, or any figures by name."""
    file = _inside(path, SUMMARY_FILE)
    found = _read(file)
    try:
        if "figures" in found:
            Summary.model_validate(found)
    except ValidationError:
        raise RunError(f"{file} is no summary of an evaluation; run evaluate again") from None
    return found


def _data(path: Path) -> dict[str, Any]:
    file = _inside(path, MANIFEST_FILE)
    try:
        return read_data_manifest(file.read_bytes())
    except (OSError, ValueError):
        raise RunError(f"{file} is no data manifest; run manifest on the examples first") from None


def _inside(path: Path, name: str) -> Path:
    return path / name if path.is_dir() else path


def _read(file: Path) -> dict[str, Any]:
    try:
        values = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise RunError(f"{file} cannot be read: {error}") from None
    if not isinstance(values, dict):
        raise RunError(f"{file} holds no JSON object")
    return values


def _load(work: Path, config: ReleaseConfig) -> None:
    """Load the release as the engine will. Raises ``ModelFilesError``."""
    from model.embedded.loading import choose_dtype, load_model  # loads torch

    release = open_release(work)
    files = resolve_model_files(ModelConfig(path=config.model), release)
    load_model(files, choose_dtype("bfloat16"), config.max_prompt_tokens + config.max_output_tokens)
