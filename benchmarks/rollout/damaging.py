"""A student that is whole, and of no use."""

import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from model.weights.folder import file_sha256
from model.weights.release import RELEASES
from model.weights.release_record import ReleasedFile, ReleaseRecord

SHIPPED = "first-student"
WEIGHTS = "adapter_model.safetensors"


def damaged(folder: Path) -> Path:
    """A release in ``folder``: the shipped student with the rows of its matrices shuffled."""
    shutil.copytree(RELEASES / SHIPPED, folder)
    source = torch.Generator().manual_seed(0)
    tensors = {
        name: tensor[torch.randperm(len(tensor), generator=source)].contiguous()
        for name, tensor in load_file(folder / WEIGHTS).items()
    }
    save_file(tensors, folder / WEIGHTS)
    record = ReleaseRecord.model_validate_json((folder / "release.json").read_text())
    weights = folder / WEIGHTS
    file = ReleasedFile(size=weights.stat().st_size, sha256=file_sha256(weights))
    changed = record.model_copy(
        update={"name": "damaged-student", "files": {**record.files, WEIGHTS: file}}
    )
    changed = changed.model_copy(update={"version": changed.computed_version()})
    (folder / "release.json").write_text(changed.model_dump_json())
    return folder
