"""Where a model's files come from, and whether they are whole."""

from model.weights.folder import ModelFolder, open_model_folder
from model.weights.obtain import obtain
from model.weights.resolve import resolve_model_folder

__all__ = ["ModelFolder", "obtain", "open_model_folder", "resolve_model_folder"]
