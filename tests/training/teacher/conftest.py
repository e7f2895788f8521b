"""What the tests of the teacher share."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.training.teacher.scripted_endpoint import ScriptedEndpoint, serving
from training.stages.distill import DistillConfig


@pytest.fixture
def endpoint() -> Iterator[ScriptedEndpoint]:
    with serving() as endpoint:
        yield endpoint


@pytest.fixture
def config(endpoint: ScriptedEndpoint, tmp_path: Path) -> Callable[..., DistillConfig]:
    """Makes parameters for the endpoint, quick to give up."""

    def make(**changes: Any) -> DistillConfig:
        given: dict[str, Any] = {
            "base_url": endpoint.url,
            "model": "teacher-large",
            "cache": tmp_path / "answers.sqlite",
            "timeout_seconds": 5.0,
            "attempts": 3,
            "first_wait_seconds": 0.0,
            "longest_wait_seconds": 0.1,
            "poll_seconds": 0.01,
            "batch_idle_seconds": 0.05,
            "num_predictions": 1,
        }
        return DistillConfig(**(given | changes))

    return make
