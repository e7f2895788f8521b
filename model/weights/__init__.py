"""Where a model's files come from, and whether they are whole."""

from model.weights.folder import ModelFolder, open_model_folder
from model.weights.obtain import obtain
from model.weights.release import Release, card_of, configured_release, open_release
from model.weights.resolve import resolve_model_folder
from model.weights.served import ModelFiles, resolve_model_files

__all__ = [
    "ModelFiles",
    "ModelFolder",
    "Release",
    "card_of",
    "configured_release",
    "obtain",
    "open_model_folder",
    "open_release",
    "resolve_model_files",
    "resolve_model_folder",
]
