"""Regions under watch outlive their server, where their text may be kept."""

import asyncio
import shutil
from pathlib import Path

import pytest

from eventlog import SettledRecord
from eventlog.opening import open_keys
from server.data.state.sqlite import SqliteState
from tests.server.data.conftest import AS_ADMIN, ASK, DataClient, OpenData, raw, records, until
from tests.server.data.settling.test_settled import QUIET_SECONDS, edits, typed


def rows(folder: Path) -> int:
    state = SqliteState(folder / "state.sqlite")
    try:
        return len(state.abandoned_regions())
    finally:
        state.close()


async def saved(data: DataClient, count: int) -> None:
    while rows(data.folder) != count:
        await asyncio.sleep(0.05)


def settled(folder: Path) -> list[SettledRecord]:
    return [each for each in records(folder) if isinstance(each, SettledRecord)]


async def test_a_region_settles_after_a_restart(open_data: OpenData) -> None:
    async with open_data(settle_seconds=60.0) as data:
        await data.consent()
        answer = await data.predict(version=0)
        await edits(data, typed("height"), version=1)
    async with open_data(settle_seconds=QUIET_SECONDS) as data:
        await until(data, "foretype_settled_total", 1)
        await saved(data, 0)
    [record] = settled(data.folder)
    assert record.prediction_id == answer["prediction_id"]
    assert record.text == "    return height"


async def test_a_restart_in_the_middle_of_typing(open_data: OpenData) -> None:
    """The next request brings the file again, and the region is found in it."""
    async with open_data(settle_seconds=60.0) as data:
        await data.consent()
        first = await data.predict(version=0)
        await edits(data, typed("height"), version=1)
    async with open_data(settle_seconds=QUIET_SECONDS) as data:
        text = "import math\n" + ASK["text"] + "height"
        await data.predict(text=text, cursor=len(text), version=3)
        await edits(data, typed(" * 2", row=2, column=17), version=4)
        await until(data, "foretype_settled_total", 2)
    by_id = {each.prediction_id: each.text for each in settled(data.folder)}
    assert by_id[first["prediction_id"]] == "    return height * 2"


async def test_what_was_edited_meanwhile_is_not_guessed(open_data: OpenData) -> None:
    async with open_data(settle_seconds=60.0) as data:
        await data.consent()
        await data.predict()
    async with open_data(settle_seconds=60.0) as data:
        await data.predict(text="quite another file", cursor=5)
        await until(data, 'foretype_regions_dropped_total{reason="lost"}', 1)
    assert not settled(data.folder)


@pytest.mark.parametrize(
    "text",
    [
        ASK["text"] + "height",
        ASK["text"].replace("    return", "\n    return"),
        ASK["text"] + "\n    pass",
    ],
    ids=["at its end", "a row above", "a row below"],
)
async def test_what_was_typed_at_its_ends_meanwhile_is_not_left_out(
    open_data: OpenData, text: str
) -> None:
    async with open_data(settle_seconds=60.0) as data:
        await data.consent()
        await data.predict()
    async with open_data(settle_seconds=60.0) as data:
        await data.predict(text=text, cursor=len(text))
        await until(data, 'foretype_regions_dropped_total{reason="lost"}', 1)
    assert not settled(data.folder)


async def test_edits_that_cannot_be_placed_leave_nothing_to_guess(open_data: OpenData) -> None:
    async with open_data(settle_seconds=60.0) as data:
        await data.consent()
        await data.predict(version=0)
    async with open_data(settle_seconds=QUIET_SECONDS) as data:
        assert (await edits(data, typed("height"), version=1))["standing"] == "unknown"
        await until(data, 'foretype_regions_dropped_total{reason="lost"}', 1)
    assert not settled(data.folder)


async def test_without_consent_nothing_is_written_down(open_data: OpenData) -> None:
    async with open_data(settle_seconds=60.0) as data:
        await data.predict()
    assert rows(data.folder) == 0


async def test_what_is_written_down_is_sealed(open_data: OpenData) -> None:
    async with open_data(settle_seconds=60.0) as data:
        await data.consent()
        await data.predict()
        await saved(data, 1)
        assert b"return" not in raw(data.folder)
        await data.http.delete("/v1/users/ann/data", headers=AS_ADMIN)
        await saved(data, 0)


async def test_regions_whose_key_is_gone_are_forgotten(open_data: OpenData) -> None:
    async with open_data(settle_seconds=60.0) as data:
        await data.consent()
        await data.predict()
    keys = open_keys(data.folder)
    keys.destroy(keys.key_for("ann").pseudonym)
    async with open_data(settle_seconds=60.0) as data:
        assert await data.client.metric("foretype_regions_watched") == 0
    assert rows(data.folder) == 0


async def test_a_crash_after_the_record_writes_no_second_one(
    open_data: OpenData, tmp_path: Path
) -> None:
    """The region is still written down; the log knows that it has settled."""
    async with open_data(settle_seconds=QUIET_SECONDS) as data:
        await data.consent()
        await data.predict()
        await saved(data, 1)
        shutil.copy(data.folder / "state.sqlite", tmp_path / "before")
        await until(data, "foretype_settled_total", 1)
        await saved(data, 0)
    shutil.copy(tmp_path / "before", data.folder / "state.sqlite")
    async with open_data(settle_seconds=QUIET_SECONDS) as data:
        await saved(data, 0)
    assert len(settled(data.folder)) == 1
