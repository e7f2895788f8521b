"""A disk that is full or hangs under a server: predictions go on, what must be durable says 503."""

from pathlib import Path
from typing import Any

import httpx

from eventlog import OutcomeRecord
from model import FakeEngine
from tests.eventlog.segments.filesystems import disk_that_stalls, small_disk, stalled
from tests.server.data.conftest import DataClient, OpenData, records, until

DISK_BYTES = 1 << 20


def fill(disk: Path) -> Path:
    """Leave no room at all."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            return ballast


async def accepted(data: DataClient, prediction: dict[str, Any]) -> httpx.Response:
    outcome = {"prediction_id": prediction["prediction_id"], "outcome": "accepted"}
    return await data.http.post("/v1/outcomes", json={"user": "ann", "outcomes": [outcome]})


async def test_a_full_disk(open_data: OpenData, tmp_path: Path) -> None:
    """Full from the first prediction on: its arm is not even on record yet."""
    with small_disk(tmp_path / "disk", DISK_BYTES) as disk:
        engine = FakeEngine(["width * height\n"] * 9)
        async with open_data(engine, folder=disk / "data", settle_seconds=0.3) as data:
            await data.consent()
            ballast = fill(disk)
            prediction = await data.predict()
            refused = await accepted(data, prediction)
            again = await data.predict(text="y = ", cursor=4)
            assert again["edits"]
            assert refused.status_code == 503
            assert refused.json()["error"]["code"] == "log_unavailable"
            assert refused.headers["retry-after"] == "1"
            granted = await data.http.put(
                "/v1/users/ann/consents",
                json={"project": "other", "policy_version": "1"},
                headers={"authorization": "Bearer an-administrators-token"},
            )
            assert granted.status_code == 503
            ballast.unlink()
            answer = await accepted(data, prediction)
            assert (answer.status_code, answer.json()["recorded"]) == (200, 1)
            await until(data, "foretype_settled_total", 2)
        found = [each for each in records(disk / "data") if isinstance(each, OutcomeRecord)]
        assert len(found) == 1


async def test_a_new_user_on_a_full_disk(open_data: OpenData, tmp_path: Path) -> None:
    """No key can be made for them: they are served, and not recorded."""
    with small_disk(tmp_path / "disk", DISK_BYTES) as disk:
        async with open_data(folder=disk / "data") as data:
            fill(disk)
            prediction = await data.predict(user="newcomer")
            assert prediction["edits"]
            await until(data, "foretype_data_jobs_dropped_total", 1)


async def test_a_disk_that_hangs(open_data: OpenData, tmp_path: Path) -> None:
    """Nobody waits for it for long, and all is recorded once it goes on."""
    with disk_that_stalls(tmp_path / "disk") as disk:
        engine = FakeEngine(["width * height\n"] * 9)
        async with open_data(engine, folder=disk / "data", settle_seconds=0.3) as data:
            await data.consent()
            prediction = await data.predict()
            with stalled(disk):
                refused = await accepted(data, prediction)
                for number in range(5):
                    assert (await data.predict(session=f"window{number}"))["edits"]
                edits = {"user": "ann", "session": "window", "path": "a.py", "edits": []}
                late = await data.http.post("/v1/edits", json=edits)
                lag = await data.client.metric("foretype_event_log_lag_seconds")
            assert refused.status_code == 503
            assert refused.headers["retry-after"] == "1"
            assert (late.status_code, late.headers.get("retry-after")) in ((200, None), (503, "1"))
            assert lag > 1.0
            assert (await accepted(data, prediction)).status_code == 200
            await until(data, "foretype_settled_total", 6)
        found = [each for each in records(disk / "data") if isinstance(each, OutcomeRecord)]
        assert len({each.event_id for each in found}) == 1
