"""How many predictions are recorded with their text: the arm says."""

import random
from pathlib import Path

import pytest

from eventlog import PredictionRecord
from model import FakeEngine
from rollout import RolloutConfig
from server.data import DataConfig
from server.settings import Settings
from tests.server.conftest import MakeClient
from tests.server.data.conftest import ADMIN, DataClient, records

NUM_PREDICTIONS = 60


@pytest.mark.parametrize(
    ("rate", "least", "most"),
    [(0.0, 0, 0), (0.5, 15, 45), (1.0, NUM_PREDICTIONS, NUM_PREDICTIONS), (None, 60, 60)],
)
async def test_the_share_that_the_arm_says(
    make_client: MakeClient, tmp_path: Path, rate: float | None, least: int, most: int
) -> None:
    random.seed(4)
    settings = Settings(
        data=DataConfig(folder=tmp_path, admin_token=ADMIN, min_free_mb=0),
        rollout=RolloutConfig(snapshot_rate=rate),
    )
    engine = FakeEngine(["width * height\n"] * NUM_PREDICTIONS)
    async with make_client(engine, settings) as client:
        data = DataClient(client, tmp_path)
        await data.consent()
        for number in range(NUM_PREDICTIONS):
            await data.predict(session=f"window{number}")
    found = [each for each in records(tmp_path) if isinstance(each, PredictionRecord)]
    with_text = [each for each in found if each.snapshot is not None]
    assert len(found) == NUM_PREDICTIONS
    assert least <= len(with_text) <= most
    assert {each.sampling_rate for each in found} == {1.0 if rate is None else rate}
