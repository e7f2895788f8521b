"""Wall clocks that jump: what is watched rests as long as it should, what is reported is judged."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from eventlog import SettledRecord
from tests.server.data.conftest import DataClient, OpenData, records, until
from tests.server.data.reporting.test_reports import EDIT_BYTES

HOUR = 3600.0


@contextmanager
def wall_clock_off_by(seconds: float) -> Iterator[None]:
    real = time.time
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "time", lambda: real() + seconds)
        yield


async def settled(data: DataClient, prediction: dict[str, Any]) -> dict[str, Any]:
    report = {"prediction_id": prediction["prediction_id"], "edit_bytes": EDIT_BYTES}
    return await data.report("settled", settled=[report])


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
async def test_a_jump_while_a_region_is_watched(open_data: OpenData, jump: float) -> None:
    async with open_data(settle_seconds=0.6) as data:
        await data.predict()
        with wall_clock_off_by(jump):
            await asyncio.sleep(0.3)
            assert await data.client.metric("foretype_settled_total") == 0
            await until(data, "foretype_settled_total", 1)
    [record] = [each for each in records(data.folder) if isinstance(each, SettledRecord)]
    assert record.seconds_to_settle is not None
    assert 0.6 <= record.seconds_to_settle < 10.0


async def test_a_prediction_from_the_future_has_not_settled(open_data: OpenData) -> None:
    """Its server's clock was ahead; whoever takes the report has another."""
    async with open_data() as data:
        with wall_clock_off_by(HOUR):
            prediction = await data.predict(reports_settled=True)
        receipt = await settled(data, prediction)
        assert [each["code"] for each in receipt["refused"]] == ["settled_too_early"]
        assert (await data.outcome(prediction["prediction_id"], "accepted"))["recorded"] == 1
    assert not [each for each in records(data.folder) if isinstance(each, SettledRecord)]


async def test_a_prediction_from_the_past_is_too_old(open_data: OpenData) -> None:
    async with open_data() as data:
        with wall_clock_off_by(-HOUR):
            prediction = await data.predict(reports_settled=True)
        receipt = await settled(data, prediction)
        assert [each["code"] for each in receipt["refused"]] == ["expired_prediction_id"]
