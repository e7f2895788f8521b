"""What a training run may vary. Two runs with equal settings on equal data give equal weights."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from training.stage import StageConfig

LLAMA_LINEAR_LAYERS = (
    "q_proj",
    "k_proj",
    "v_proj",
    "o_proj",
    "gate_proj",
    "up_proj",
    "down_proj",
)


class TrainConfig(StageConfig):
    """Parameters of ``train``.

    A step sees ``tokens_per_step`` tokens, padding counted, on all devices together; a device
    holds ``tokens_per_device`` of them at once. Ratios lie in 0..1.
    """

    model: Path = Field(description="Folder of the base model.")
    method: Literal["sft", "dpo"] = Field(default="sft", description="Imitate, or prefer.")
    adapter: Path | None = Field(default=None, description="Adapter to start from.")
    tuning: Literal["lora", "full"] = Field(default="lora", description="What is trained.")
    lora_rank: int = Field(default=64, ge=1)
    lora_alpha: float = Field(default=128.0, gt=0, description="Scale: alpha / rank.")
    lora_dropout: float = Field(default=0.0, ge=0, lt=1)
    lora_targets: tuple[str, ...] = Field(default=LLAMA_LINEAR_LAYERS, min_length=1)
    train_special_tokens: bool = Field(
        default=True,
        description="lora: train the embeddings of the rows' special tokens, too; a base model that"
        " never met them holds the same vector for all.",
    )
    rslora: bool = Field(default=False, description="Scale by alpha / sqrt(rank).")
    epochs: float = Field(default=1.0, gt=0)
    max_steps: int | None = Field(default=None, ge=1, description="Instead of epochs.")
    max_seconds: float | None = Field(
        default=None, gt=0, description="End by then; the learning rate falls in time for it."
    )
    learning_rate: float = Field(default=5e-4, gt=0)
    warmup_rate: float = Field(default=0.03, ge=0, lt=1, description="Share of the run.")
    final_rate: float = Field(default=0.0, ge=0, le=1, description="Last learning rate / first.")
    weight_decay: float = Field(default=0.0, ge=0)
    max_grad_norm: float = Field(default=1.0, gt=0)
    pack_length: int = Field(default=2048, ge=8, description="Tokens of one packed sequence.")
    tokens_per_step: int = Field(default=65536, ge=8)
    tokens_per_device: int = Field(default=32768, ge=8)
    precision: Literal["auto", "bfloat16", "float32"] = Field(
        default="auto", description="auto: bfloat16 where a GPU has it."
    )
    compile: bool = Field(default=False, description="Compile the layers with torch.compile.")
    gradient_checkpointing: bool = Field(default=False, description="Less memory, more time.")
    seed: int = 0
    train_split: str = "train"
    eval_split: str = Field(default="validation", description="Skipped if the data lacks it.")
    eval_every_steps: int | None = Field(default=None, ge=1, description="None: every epoch.")
    max_eval_rows: int | None = Field(default=None, ge=1)
    patience: int | None = Field(
        default=None, ge=1, description="Stop after so many evaluations without a better loss."
    )
    save_every_steps: int = Field(default=200, ge=1, description="Steps between checkpoints.")
    log_every_steps: int = Field(default=10, ge=1)
    loader_processes: int = Field(default=2, ge=0)
    tracker: Literal["none", "trackio", "mlflow", "tensorboard"] = Field(
        default="none", description="Besides metrics.jsonl."
    )
    beta: float = Field(default=0.1, gt=0, description="dpo: how closely the start is kept to.")
