"""A release of the tiny model: an adapter for it, and a record that is true."""

import json
import shutil
from pathlib import Path
from typing import Any

from model.weights.folder import file_sha256
from model.weights.layout import ADAPTER_FILES, MODEL_FILES
from model.weights.release_record import ReleaseRecord
from tests.model.tiny_adapter import write_tiny_adapter


def write_tiny_release(
    base: Path, folder: Path, *, is_adapter: bool = True, **changes: Any
) -> Path:
    """Write a release of ``base`` with an adapter, or of its whole weights; answer the folder."""
    folder.mkdir(parents=True)
    if is_adapter:
        write_tiny_adapter(base, folder)
    else:
        for name in MODEL_FILES:
            shutil.copy(base / name, folder / name)
    write_record(folder, base, is_adapter=is_adapter, **changes)
    return folder


def write_record(folder: Path, base: Path, *, is_adapter: bool = True, **changes: Any) -> None:
    """``release.json`` for the files that lie in ``folder``; ``changes`` make it differ."""
    sha256 = file_sha256(base / "model.safetensors")
    names = ADAPTER_FILES if is_adapter else MODEL_FILES
    values = {
        "name": "tiny-student-1",
        "version": "",
        "base": {"name": "tiny", "weights_sha256": sha256} if is_adapter else None,
        "prompt_format": "foretype-span",
        "limits": {"max_prompt_tokens": 640, "max_output_tokens": 24},
        "files": {
            name: {"size": (folder / name).stat().st_size, "sha256": file_sha256(folder / name)}
            for name in names
        },
        "license": "Apache-2.0",
        "created": "2026-11-23",
    } | changes
    version = ReleaseRecord.model_validate(values).computed_version()
    (folder / "release.json").write_text(json.dumps(values | {"version": version}))
