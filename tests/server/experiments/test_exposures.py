"""Who was met in which arm is on record, once; failures blame the arm that they happened in."""

import asyncio
import time
from collections import Counter
from pathlib import Path

import pytest

from eventlog import ExposureRecord, PredictionRecord
from model import EngineUnavailable, FakeAnswer, FakeEngine, FakePace
from server.data import DataConfig
from server.wire.predict import PredictRequest
from server.wire.to_domain import receive
from tests.server.data.conftest import records
from tests.server.experiments.conftest import OpenOperator, Operator

BODY = {"path": "a.py", "text": "x = ", "cursor": 4}


@pytest.fixture
def data(tmp_path: Path) -> DataConfig:
    return DataConfig(folder=tmp_path / "data", min_free_mb=0)


async def ask_all(operator: Operator, times: int = 1) -> dict[str, str]:
    """The arm of each user."""
    found = {}
    for number in range(12 * times):
        user = f"user-{number % 12}"
        answer = await operator.client.predict(**BODY, user=user)
        found[user] = f"{answer['experiment']} {answer['arm']}"
    return found


async def test_each_user_is_met_once(
    open_operator: OpenOperator, data: DataConfig, tmp_path: Path
) -> None:
    async with open_operator(data=data) as operator:
        await operator.run()
        await operator.until_revision(2)
        arms = await ask_all(operator, times=3)
        await operator.client.predict(**BODY, session="window")
        await operator.client.predict(**BODY, user="other", experiment="formats")
        num_treated = sum(arm == "formats treatment" for arm in arms.values())
        counted = 'foretype_exposures_total{arm="treatment"'
        while await operator.client.metric(counted) != num_treated:
            await asyncio.sleep(0.02)
    exposures = [each for each in records(tmp_path / "data") if isinstance(each, ExposureRecord)]
    assert Counter(f"{each.experiment} {each.arm}" for each in exposures) == Counter(arms.values())
    assert len({each.user for each in exposures}) == len(arms) == 12
    assert {each.salt for each in exposures} == {"formats-1"}


async def test_a_failure_is_on_record_with_its_arm(
    open_operator: OpenOperator, data: DataConfig, tmp_path: Path
) -> None:
    broken = FakeEngine([FakeAnswer("ok\n"), FakeAnswer(error=EngineUnavailable("down"))])
    async with open_operator(broken, data) as operator:
        await operator.run(treatments=[{"key": "treatment", "changes": {"temperature": 0.5}}])
        await operator.until_revision(2)
        for number in range(6):
            body = BODY | {"text": f"x{number} = ", "cursor": 5}
            answer = await operator.client.http.post("/v1/predict", json=body | {"user": "ann"})
            assert answer.status_code == 503
        bad = await operator.client.http.post("/v1/predict", json=BODY | {"cursor": 99})
        assert bad.status_code == 400
    kept = records(tmp_path / "data")
    failed = [each for each in kept if isinstance(each, PredictionRecord) and each.failed]
    assert len(failed) == 6
    assert {each.reason for each in failed} == {"unavailable"}
    [exposure] = [each for each in kept if isinstance(each, ExposureRecord)]
    assert {(each.experiment, each.arm) for each in failed} == {("formats", exposure.arm)}
    assert len({each.prediction_id for each in failed}) == 6


async def test_how_much_an_edit_undoes_is_on_record(
    open_operator: OpenOperator, data: DataConfig, tmp_path: Path
) -> None:
    async with open_operator(FakeEngine(["1 + 1\n"]), data) as operator:
        await operator.client.predict(**BODY, user="ann")
    [made] = [each for each in records(tmp_path / "data") if isinstance(each, PredictionRecord)]
    assert made.reason is None
    assert made.reversal_ratio == 0.0
    assert not made.failed


async def test_whoever_leaves_was_met_and_how_long_it_took_is_on_record(
    open_operator: OpenOperator, data: DataConfig, tmp_path: Path
) -> None:
    slow = FakeEngine(["1 + 1\n"], FakePace(prefill_seconds=5.0))
    async with open_operator(slow, data) as operator:
        await operator.run()
        await operator.until_revision(2)
        service = operator.client.app.state.foretype.service
        ask = receive(PredictRequest(**BODY, user="ann"), "id", time.monotonic() + 60).ask
        asked = asyncio.create_task(service.predict(ask))
        await asyncio.sleep(0.3)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
    kept = records(tmp_path / "data")
    [left] = [each for each in kept if isinstance(each, PredictionRecord)]
    assert (left.reason, left.failed) == ("client_gone", False)
    assert 0.25 < left.seconds["total"] < 5.0
    [exposure] = [each for each in kept if isinstance(each, ExposureRecord)]
    assert (left.experiment, left.arm) == ("formats", exposure.arm)
