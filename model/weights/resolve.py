"""Which folder holds the model: the one named, else the local hub cache's, else our own.

An adapter fits one model only, by the digest of its weights: no other folder is taken for it, and
our own cache, which is likely to hold just that model, is looked at before the hub's.

Reads the local disk only, until the model is nowhere and has to be obtained.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from model.config import ModelConfig
from model.errors import ModelFilesError
from model.weights.folder import ModelFolder, file_sha256, open_model_folder
from model.weights.layout import MODEL_FILES, WEIGHTS_FILE
from model.weights.obtain import SMOLLM2, WheelSource, obtain
from model.weights.release_record import BaseModelRecord

HUB_FOLDERS = (
    "models--HuggingFaceTB--SmolLM2-135M",
    "models--HuggingFaceTB--SmolLM2-135M-Instruct",
)


def resolve_model_folder(
    config: ModelConfig,
    environment: Mapping[str, str] = os.environ,
    source: WheelSource = SMOLLM2,
    report: Callable[[str], None] = lambda _: None,
    base: BaseModelRecord | None = None,
) -> ModelFolder:
    """A checked folder, with ``base`` that model's and no other.

    Raises ``ModelFilesError``: a damaged folder is never passed over.
    """
    if config.path is not None:
        remedy = "put the file there or correct FORETYPE_MODEL_PATH"
        return _checked_base(open_model_folder(config.path, remedy), base)
    cache_dir = config.cache_dir or default_cache_dir(environment)
    folder = cache_dir / source.folder_name
    if base is None or not folder.exists():
        for snapshot in _hub_snapshots(environment):
            remedy = f"delete {snapshot} or download it again"
            if base is None:
                return open_model_folder(snapshot, remedy)
            if file_sha256(snapshot / WEIGHTS_FILE) == base.weights_sha256:
                return open_model_folder(snapshot, remedy)
            report(f"passing over {snapshot}: it is not the {base.name} that the release needs")
    if not folder.exists():
        obtain(cache_dir, source, report)
    remedy = f"run: python -m model obtain --cache-dir {cache_dir}"
    return _checked_base(open_model_folder(folder, remedy), base)


def _checked_base(folder: ModelFolder, base: BaseModelRecord | None) -> ModelFolder:
    if base is None or folder.weights_sha256() == base.weights_sha256:
        return folder
    raise ModelFilesError(
        f"{folder.path / WEIGHTS_FILE} is not the {base.name} that the release was made for: it has"
        f" SHA-256 {folder.weights_sha256()}, not {base.weights_sha256};"
        " set FORETYPE_MODEL_PATH to the right model's folder,"
        " or FORETYPE_MODEL_RELEASE=none to serve this one as it is"
    )


def default_cache_dir(environment: Mapping[str, str] = os.environ) -> Path:
    """Our folder in the user's cache."""
    return _user_cache(environment) / "foretype" / "models"


def _user_cache(environment: Mapping[str, str]) -> Path:
    return Path(environment.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def hub_cache(environment: Mapping[str, str] = os.environ) -> Path:
    """Where the hub's client keeps models."""
    home = Path(environment.get("HF_HOME") or _user_cache(environment) / "huggingface")
    return Path(environment.get("HF_HUB_CACHE") or home / "hub")


def _hub_snapshots(environment: Mapping[str, str]) -> Iterator[Path]:
    """Snapshots that name all files, as the hub's client leaves them; newest first by model."""
    hub = hub_cache(environment)
    for name in HUB_FOLDERS:
        snapshots = [
            snapshot
            for snapshot in (hub / name / "snapshots").glob("*")
            if all((snapshot / file).exists() for file in MODEL_FILES)
        ]
        yield from sorted(snapshots, key=lambda snapshot: snapshot.stat().st_mtime, reverse=True)
