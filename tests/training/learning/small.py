"""Small rows and a small model: everything a run needs, in a second."""

from collections.abc import Sequence
from pathlib import Path

from tests.model.tiny import write_tiny_model
from training.learning.packing import PackConfig, pack
from training.learning.settings import TrainConfig
from training.rows import TrainingRow

END = "<|endoftext|>"


def row(number: int, split: str | None = "train", rejected: str | None = None) -> TrainingRow:
    """Rows of different lengths; the answer follows from the prompt."""
    letter = "abcdefgh"[number % 8]
    return TrainingRow(
        name=f"row {number}",
        prompt="<|start|>" + letter * (3 + number % 5) + "the",
        completion=letter.upper() * (1 + number % 3) + END,
        rejected=rejected,
        special_tokens=("<|start|>", END),
        prompt_format="letters",
        split=split,
    )


def rows(
    num_train: int = 32, num_validation: int = 4, rejected: str | None = None
) -> list[TrainingRow]:
    train = [row(number, "train", rejected) for number in range(num_train)]
    validation = [row(number, "validation", rejected) for number in range(num_validation)]
    return train + validation


def packed(folder: Path, given: Sequence[TrainingRow]) -> tuple[Path, Path]:
    """Folders of the packed rows and of the model."""
    model = write_tiny_model(folder / "tiny")
    config = PackConfig(tokenizer=model / "tokenizer.json", max_length=64, processes=1)
    pack(given, config, folder / "packed")
    return folder / "packed", model


def config(base: Path, **changes: object) -> TrainConfig:
    """Two sequences of 32 tokens in each step."""
    values: dict[str, object] = {
        "model": base,
        "lora_rank": 8,
        "lora_alpha": 16,
        "learning_rate": 0.01,
        "max_steps": 12,
        "pack_length": 32,
        "tokens_per_step": 64,
        "tokens_per_device": 64,
        "precision": "float32",
        "log_every_steps": 1,
        "save_every_steps": 4,
        "loader_processes": 0,
    }
    return TrainConfig.model_validate(values | changes)
