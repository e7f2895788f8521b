"""A folder of the whole model for engines that cannot merge an adapter while they load."""

import shutil
import tempfile
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from model.weights.layout import CONFIG_FILE, TOKENIZER_FILE, WEIGHTS_FILE
from model.weights.lora import merge_adapter
from model.weights.served import ModelFiles


def whole_folder(files: ModelFiles, cache_dir: Path, dtype: torch.dtype) -> Path:
    """The model's own folder, or one in ``cache_dir`` that holds it with its adapter merged.

    Written once for each version and precision, whole or not at all. Raises ``ModelFilesError``
    for an adapter that does not fit.
    """
    if files.adapter is None:
        return files.folder.path
    precision = str(dtype).removeprefix("torch.")
    merged = cache_dir / f"merged-{files.version}-{precision}"
    if merged.is_dir():
        return merged
    cache_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache_dir, prefix=".merging-") as beginning:
        folder = Path(beginning) / "model"
        folder.mkdir()
        for name in (CONFIG_FILE, TOKENIZER_FILE):
            shutil.copy(files.folder.path / name, folder / name)
        weights = load_file(files.folder.path / WEIGHTS_FILE)
        whole = merge_adapter(files.adapter.path, weights, dtype)
        tensors = {name: tensor.to(dtype).contiguous() for name, tensor in whole.items()}
        save_file(tensors, folder / WEIGHTS_FILE, {"format": "pt"})
        if not merged.is_dir():
            folder.rename(merged)
    return merged
