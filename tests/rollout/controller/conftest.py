"""An experiment for controllers to decide of."""

from pathlib import Path

import pytest

from tests.rollout.controller.bench import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)
