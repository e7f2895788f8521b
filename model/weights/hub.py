"""A published model's folder in the hub's cache, downloaded if it is not there yet."""

from collections.abc import Callable
from pathlib import Path

from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

from model.errors import ModelFilesError
from model.weights.folder import VERSION_DIGITS, ModelFolder
from model.weights.layout import CONFIG_FILE, TOKENIZER_FILE

VOCABULARY_FILES = (CONFIG_FILE, TOKENIZER_FILE)
ALL_FILES = ("*.json", "*.safetensors")


def hub_folder(
    model_id: str,
    title: str,
    cache_dir: Path,
    report: Callable[[str], None] = lambda _: None,
    *,
    with_weights: bool = True,
) -> ModelFolder:
    """The newest snapshot in ``cache_dir``, else of the hub; its version is the hub's commit.

    Raises ``ModelFilesError`` if it can be had from neither, or lacks a file.
    """
    wanted = list(ALL_FILES if with_weights else VOCABULARY_FILES)
    try:
        path = Path(
            snapshot_download(
                model_id, allow_patterns=wanted, cache_dir=cache_dir, local_files_only=True
            )
        )
        if not _is_whole(path, with_weights):
            raise LocalEntryNotFoundError(f"{path} lacks files")
    except LocalEntryNotFoundError:
        report(f"downloading {model_id}")
        try:
            path = Path(snapshot_download(model_id, allow_patterns=wanted, cache_dir=cache_dir))
        except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
            raise ModelFilesError(
                f"{model_id} cannot be downloaded ({type(error).__name__}); set FORETYPE_MODEL_PATH"
                " to a folder that holds it, or HF_HUB_CACHE to a cache that does"
            ) from error
    if not _is_whole(path, with_weights):
        raise ModelFilesError(f"{path} lacks files of {model_id}; delete it to have them again")
    return ModelFolder(path, path.name[:VERSION_DIGITS], title=title)


def _is_whole(path: Path, with_weights: bool) -> bool:
    has_vocabulary = all((path / name).is_file() for name in VOCABULARY_FILES)
    return has_vocabulary and (not with_weights or any(path.glob("*.safetensors")))
