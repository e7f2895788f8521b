"""Predictions: the service that makes them, and who has the turn."""

from server.predictions.keeping import is_ready, keep_engines
from server.predictions.service import PredictionService
from server.predictions.values import (
    Ask,
    Caller,
    Consent,
    Document,
    Follower,
    PolicyReason,
    Prediction,
)

__all__ = [
    "Ask",
    "Caller",
    "Consent",
    "Document",
    "Follower",
    "PolicyReason",
    "Prediction",
    "PredictionService",
    "is_ready",
    "keep_engines",
]
