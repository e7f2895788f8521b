"""The collaborators that the composition root has put together for the handlers."""

from dataclasses import dataclass

from model import Engines
from rollout import Assigner
from server.data import Data
from server.experiments import Experiments
from server.metrics import Metrics
from server.predictions import PredictionService
from server.readiness import Readiness
from server.settings import Settings


@dataclass(frozen=True, slots=True)
class AppState:
    """One per app."""

    settings: Settings
    engines: Engines
    assigner: Assigner
    service: PredictionService
    data: Data
    experiments: Experiments | None
    readiness: Readiness
    metrics: Metrics
