"""The two recipes: TRL's trainers, fed with rows that are token ids already."""

from pathlib import Path
from typing import Any

import torch
from peft.utils.other import TrainableTokensWrapper
from transformers import Trainer
from trl.trainer.dpo_config import DPOConfig
from trl.trainer.dpo_trainer import DPOTrainer
from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import SFTTrainer

from training.learning.answer_loss import answer_loss, answers_only
from training.learning.base_models import uses_bfloat16
from training.learning.schedule import RunClock, learning_rate_schedule
from training.learning.sequences import IGNORED_LABEL, attention_mask
from training.learning.settings import TrainConfig


class _ScheduledByClock:
    """Mixed into a trainer: the learning rate follows the run's clock."""

    def follow(self, config: TrainConfig, clock: RunClock, mean_eval_labels: float) -> None:
        """``mean_eval_labels``: tokens of completions in a sequence to evaluate on."""
        self._config = config
        self._clock = clock
        self._mean_eval_labels = mean_eval_labels

    def create_scheduler(
        self, num_training_steps: int, optimizer: torch.optim.Optimizer | None = None
    ) -> torch.optim.lr_scheduler.LRScheduler:
        if self.lr_scheduler is None:
            self.lr_scheduler = learning_rate_schedule(
                optimizer or self.optimizer,  # type: ignore[attr-defined]
                num_training_steps,
                self._clock,
                self._config.warmup_rate,
                self._config.final_rate,
            )
        return self.lr_scheduler

    lr_scheduler: torch.optim.lr_scheduler.LRScheduler | None


class ImitationTrainer(_ScheduledByClock, SFTTrainer):  # type: ignore[misc]
    """SFT on packed sequences in which no row sees another."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.compute_loss_func = self._answer_loss

    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Any = None,
    ) -> Any:
        given = dict(inputs)
        allowed = attention_mask(given.pop("segment_ids"))
        dtype = torch.bfloat16 if self.args.bf16 else torch.float32
        # Converted once: attention would convert a boolean mask in every layer.
        mask = torch.zeros(allowed.shape, dtype=dtype, device=allowed.device)
        given["attention_mask"] = mask.masked_fill_(~allowed, float("-inf"))
        with answers_only(self.accelerator.unwrap_model(model), given["labels"]):
            # Past TRL's own, which measures the logits of every position.
            return Trainer.compute_loss(self, model, given, return_outputs, num_items_in_batch)

    def _answer_loss(
        self, outputs: Any, labels: torch.Tensor, num_items_in_batch: Any = None
    ) -> torch.Tensor:
        loss, accuracy = answer_loss(outputs.logits, labels, num_items_in_batch)
        mode = "train" if torch.is_grad_enabled() else "eval"
        self._metrics[mode]["mean_token_accuracy"].append(accuracy)
        return loss

    def prediction_step(self, model: Any, inputs: dict[str, Any], *rest: Any, **named: Any) -> Any:
        """Weighs a batch by its labels, so that the mean of batches is that of all tokens."""
        loss, *others = super().prediction_step(model, inputs, *rest, **named)
        labels = inputs["labels"]
        share = (labels != IGNORED_LABEL).sum() / (len(labels) * self._mean_eval_labels)
        return loss * share.to(loss.device), *others


class PreferenceTrainer(_ScheduledByClock, DPOTrainer):  # type: ignore[misc]
    """DPO on pairs that are token ids already."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        model: Any = self.model
        parameters = dict(model.named_parameters())
        for name, trained in parameters.items():
            # TRL makes the reference a copy of the adapter, but for the vectors of trained tokens.
            twin = parameters.get(f"{name.removesuffix('.default')}.ref")
            if name.endswith(".default") and twin is not None:
                twin.data.copy_(trained.data)
        head = model.get_output_embeddings()
        if isinstance(head, TrainableTokensWrapper):
            head.bias = head.original_module.bias  # TRL asks for it, the wrapper has only weights

    def _prepare_dataset(self, dataset: Any, *_: Any) -> Any:
        return dataset


def imitation_arguments(config: TrainConfig, folder: Path, num_processes: int) -> SFTConfig:
    return SFTConfig(
        **_arguments(config, folder, config.pack_length, num_processes),
        dataset_kwargs={"skip_prepare_dataset": True},
        max_length=None,
    )


def preference_arguments(config: TrainConfig, folder: Path, num_processes: int) -> DPOConfig:
    """A pair counts as two sequences of the greatest length."""
    return DPOConfig(
        **_arguments(config, folder, 2 * config.pack_length, num_processes),
        beta=config.beta,
        max_length=None,
        pad_to_multiple_of=8,
    )


def items_per_step(arguments: Any, num_processes: int) -> int:
    """Sequences, or pairs, that one step reads on all devices together."""
    per_device = arguments.per_device_train_batch_size * arguments.gradient_accumulation_steps
    return int(per_device * num_processes)


def _arguments(
    config: TrainConfig, folder: Path, tokens_per_item: int, num_processes: int
) -> dict[str, Any]:
    """``tokens_per_item`` counts padding. A step is the same on however many devices."""
    items_per_step = max(1, round(config.tokens_per_step / tokens_per_item / num_processes))
    batch_size = max(1, min(config.tokens_per_device // tokens_per_item, items_per_step))
    accumulated = max(1, round(items_per_step / batch_size))
    return {
        "output_dir": str(folder),
        "num_train_epochs": config.epochs,
        "max_steps": config.max_steps or -1,
        "per_device_train_batch_size": batch_size,
        "per_device_eval_batch_size": batch_size,
        "gradient_accumulation_steps": accumulated,
        "gradient_checkpointing": config.gradient_checkpointing,
        "learning_rate": config.learning_rate,
        "weight_decay": config.weight_decay,
        "max_grad_norm": config.max_grad_norm,
        "optim": "adamw_torch_fused",
        "bf16": uses_bfloat16(config),
        "use_cpu": not torch.accelerator.is_available(),
        "tf32": True if torch.cuda.is_available() else None,
        **dict.fromkeys(("seed", "data_seed"), config.seed),
        "eval_strategy": "steps" if config.eval_every_steps else "epoch",
        "eval_steps": config.eval_every_steps,
        "save_strategy": "steps",
        "save_steps": config.save_every_steps,
        "save_total_limit": 2,
        "logging_strategy": "steps",
        "logging_steps": config.log_every_steps,
        "logging_first_step": True,
        "dataloader_num_workers": config.loader_processes,
        "dataloader_pin_memory": torch.cuda.is_available(),
        "dataloader_persistent_workers": config.loader_processes > 0,
        "remove_unused_columns": False,
        "prediction_loss_only": True,
        "report_to": [] if config.tracker == "none" else [config.tracker],
        "disable_tqdm": True,
        "ddp_find_unused_parameters": False,
    }
