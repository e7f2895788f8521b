"""The stages, in the order in which data usually passes through them; one file each."""

from importlib import import_module

from training.errors import RunError
from training.stage import (
    ClientStage,
    FolderStage,
    MapStage,
    SinkStage,
    SourceStage,
    Stage,
    SurveyStage,
)

STAGES = (
    "synthesize",
    "ingest",
    "context",
    "filter",
    "dedupe",
    "split",
    "distill",
    "check",
    "repair",
    "adopt",
    "reject",
    "sample",
    "zones",
    "settle",
    "manifest",
    "format",
    "pack",
    "train",
    "predict",
    "score",
    "evaluate",
    "report",
    "compare",
    "release",
)
"""Each is a module of this package that exports ``STAGE``; only the one that runs is loaded."""

_KINDS = (MapStage, ClientStage, SurveyStage, SourceStage, SinkStage, FolderStage)


def find_stage(name: str) -> Stage:
    """The stage of that name.

    Raises ``RunError`` for another, with all names, and where something it imports is missing.
    """
    if name not in STAGES:
        raise RunError(f"there is no stage {name!r}; stages are: {', '.join(STAGES)}")
    try:
        module = import_module(f"training.stages.{name}")
    except ImportError as error:
        raise RunError(f"{name} cannot be loaded: {error}") from error
    stage = module.STAGE
    if not isinstance(stage, _KINDS):
        raise RunError(f"training.stages.{name} exports no stage")
    return stage
