"""One training run in its work folder: set up, go on where it was killed, train, gather."""

import shutil
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState
from transformers.trainer_callback import PrinterCallback

from training.errors import RunError
from training.learning.base_models import (
    compile_layers,
    load_model,
    load_tokenizer,
    without_upcasts,
)
from training.learning.checkpoints import MarkWhole, newest_whole_checkpoint, seconds_at
from training.learning.packed_rows import PackedManifest, PackedRows
from training.learning.results import keep_weights, write_result
from training.learning.schedule import RunClock, StopInTime
from training.learning.sequences import PackedSequences, PreferencePairs, as_dataset, stacked
from training.learning.settings import TrainConfig
from training.learning.tracking import (
    METRICS_FILE,
    PLOT_FILE,
    MetricsLog,
    StopWhenWorse,
    plot_losses,
    read_metrics,
)
from training.learning.trainers import (
    ImitationTrainer,
    PreferenceTrainer,
    imitation_arguments,
    items_per_step,
    preference_arguments,
)


class TrainingRun:
    """``rows`` are those to train on and, if any, those to evaluate on."""

    def __init__(
        self,
        config: TrainConfig,
        manifest: PackedManifest,
        rows: tuple[PackedRows, PackedRows | None],
        work: Path,
    ) -> None:
        self._config = config
        self._manifest = manifest
        self._work = work
        self._clock = RunClock(config.max_seconds)
        self._state = PartialState(cpu=not torch.accelerator.is_available())
        self._num_trained_rows = len(rows[0])
        self._trainer = self._new_trainer(rows)

    @property
    def is_first_process(self) -> bool:
        return bool(self._state.is_main_process)

    def wait_for_all(self) -> None:
        self._state.wait_for_everyone()

    def train(self) -> dict[str, Any]:
        """Train to the end; answers figures of the run."""
        checkpoint = newest_whole_checkpoint(self._work)
        if checkpoint is not None:
            self._clock.go_on_from(seconds_at(checkpoint))
        with without_upcasts(self._trainer.model):
            self._trainer.train(resume_from_checkpoint=checkpoint and str(checkpoint))
            if self._trainer.eval_dataset is not None and not self._is_evaluated():
                self._trainer.evaluate()
        num_epochs = self._trainer.state.epoch or 0.0
        return {
            "num_steps": self._trainer.state.global_step,
            "num_rows": self._num_trained_rows,
            "num_epochs": round(num_epochs, 4),
            "num_tokens": round(num_epochs * self._num_tokens),
            "num_processes": self._state.num_processes,
            "seconds": round(self._clock.seconds, 3),
        }

    def finish(self, figures: dict[str, Any]) -> Path:
        """Gather the results in a folder of their own; every process has to call this."""
        saved, finished = self._work / "saved", self._work / "finished"
        self._trainer.save_model(str(saved))
        if self.is_first_process:
            shutil.rmtree(finished, ignore_errors=True)
            finished.mkdir()
            keep_weights(saved, finished, self._config)
            metrics = read_metrics(self._work / METRICS_FILE)
            shutil.copy(self._work / METRICS_FILE, finished / METRICS_FILE)
            plot_losses(metrics, finished / PLOT_FILE)
            write_result(finished, self._config, self._manifest, metrics, figures)
        self.wait_for_all()
        return finished

    def _is_evaluated(self) -> bool:
        history = self._trainer.state.log_history
        last = self._trainer.state.global_step
        return any(line.get("step") == last and "eval_loss" in line for line in history)

    def _new_trainer(self, rows: tuple[PackedRows, PackedRows | None]) -> Any:
        config, num_processes = self._config, self._state.num_processes
        is_sft = config.method == "sft"
        new_arguments = imitation_arguments if is_sft else preference_arguments
        arguments: Any = new_arguments(config, self._work, num_processes)
        if rows[1] is None:
            arguments.eval_strategy = type(arguments.eval_strategy)("no")
        model = load_model(config, self._manifest.special_tokens)
        source = _items(rows[0], config)
        evaluated = None if rows[1] is None else _items(rows[1], config)
        trainer: Any = (ImitationTrainer if is_sft else PreferenceTrainer)(
            model=model,
            args=arguments,
            data_collator=stacked if is_sft else None,
            train_dataset=as_dataset(source),
            eval_dataset=evaluated and as_dataset(evaluated),
            processing_class=load_tokenizer(config, self._manifest.vocabulary_sha256, model),
        )
        if config.compile:
            compile_layers(trainer.model)
        trainer.follow(config, self._clock, evaluated.mean_labels if evaluated else 1.0)
        self._num_tokens = source.num_tokens
        tokens_per_item = source.num_tokens / len(source)
        self._add_callbacks(trainer, tokens_per_item * items_per_step(arguments, num_processes))
        return trainer

    def _add_callbacks(self, trainer: Any, tokens_per_step: float) -> None:
        trainer.remove_callback(PrinterCallback)
        metrics = self._work / METRICS_FILE
        trainer.add_callback(MetricsLog(metrics, self._clock, tokens_per_step))
        trainer.add_callback(StopInTime(self._clock))
        trainer.add_callback(MarkWhole(self._clock))
        if self._config.patience is not None:
            trainer.add_callback(StopWhenWorse(self._config.patience))


def _items(rows: PackedRows, config: TrainConfig) -> PackedSequences | PreferencePairs:
    if config.method == "sft":
        return PackedSequences(rows, config.pack_length)
    pairs = PreferencePairs(rows)
    if not len(pairs):
        raise RunError("no row has a rejected answer; dpo needs some")
    return pairs
