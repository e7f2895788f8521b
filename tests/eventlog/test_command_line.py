"""``python -m eventlog`` on a log as the server leaves it."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ulid import ULID

from eventlog import EditCounts, Record
from eventlog.__main__ import main
from eventlog.encoding import encode
from eventlog.opening import open_keys, segments_of
from eventlog.segments import SegmentConfig, SegmentLog
from tests.eventlog.logs import consent, outcome, prediction, settled

FOR_EVER = SegmentConfig(retention_seconds={})
COUNTS = EditCounts(candidate_new_bytes=10, kept_bytes=6, reference_new_bytes=12)
RECORDS: list[Record] = [
    consent("grant"),
    prediction("p1", 1, experiment="e", arm="a", seconds={"total": 0.1}),
    prediction("p2", 2, experiment="e", arm="b", seconds={"total": 0.3}, reason="no_change"),
    outcome("p1", "shown", 3, experiment="e", arm="a"),
    outcome("p1", "accepted", 4, experiment="e", arm="a"),
    settled("p1", "    return 'gone soon'", 20, experiment="e", arm="a", counts=COUNTS),
]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder whose log holds every record, and one of them twice."""
    folder = tmp_path / "data"
    keys = open_keys(folder)
    log = SegmentLog(folder / "log", FOR_EVER)
    log.start()
    for record in [*RECORDS, RECORDS[4]]:
        log.append([encode(record, keys)]).result(timeout=10)
    log.stop()
    return folder


def printed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_stats(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stats", str(data / "log")]) == 0
    first, second = printed(capsys)
    assert (first["arm"], first["predictions"], first["edits"]) == ("a", 1, 1)
    assert (first["shown"], first["accepted"], first["settled"]) == (1, 1, 1)
    assert (first["kept_rate"], first["recall_rate"]) == (0.6, 0.5)
    assert (second["arm"], second["predictions"], second["edits"]) == ("b", 1, 0)
    assert second["p50_seconds"] == 0.3


def test_stats_by_other_groups(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stats", str(data / "log"), "--by", "experiment"]) == 0
    [row] = printed(capsys)
    assert row["predictions"] == 2
    assert main(["stats", str(data / "log"), "--by", "user; DROP TABLE x"]) == 2
    assert "group by some of" in capsys.readouterr().err


def test_tail_shows_the_newest_without_their_words(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["tail", str(data / "log"), "-n", "2"]) == 0
    older, newer = printed(capsys)
    assert older["outcome"] == "accepted"
    assert newer["is_sealed"] is True
    assert "text" not in newer


def test_tail_opens_words_with_the_keys(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tail", str(data / "log"), "-n", "1", "--data", str(data)]) == 0
    [record] = printed(capsys)
    assert record["text"] == "    return 'gone soon'"


def test_tail_follows(data: Path) -> None:
    """Also through the sealing of what it is reading."""
    command = [sys.executable, "-m", "eventlog", "tail", str(data / "log"), "-n", "1", "--follow"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "settled" in process.stdout.readline()
        keys = open_keys(data)
        for number in range(3):
            log = SegmentLog(data / "log", FOR_EVER)
            log.start()
            now = datetime.now(UTC)
            fresh = outcome("p2", "shown").model_copy(
                update={"event_id": str(ULID()), "time": now, "num_accepted_chars": number}
            )
            log.append([encode(fresh, keys)]).result(timeout=10)
            log.stop()
        seen = [json.loads(process.stdout.readline())["num_accepted_chars"] for _each in range(3)]
        process.kill()
    assert seen == [0, 1, 2]


def test_export_has_each_event_once(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = data / "out.jsonl"
    assert main(["export", str(data / "log"), "-o", str(out), "--data", str(data)]) == 0
    records = [json.loads(line) for line in out.read_text().splitlines()]
    assert len(records) == len(RECORDS)
    assert {record["kind"] for record in records} == {each.kind for each in RECORDS}
    assert "6 records" in capsys.readouterr().err
    assert main(["export", str(data / "log"), "-o", str(out), "--kind", "outcome"]) == 0
    assert len(out.read_text().splitlines()) == 2


def test_verify(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(data / "log")]) == 0
    assert capsys.readouterr().out.count(" ok\n") == 3
    first, second, third = segments_of(data / "log")
    first.unlink()
    second.write_bytes(second.read_bytes()[:-9])
    assert main(["verify", str(data / "log")]) == 1
    shown = capsys.readouterr().out
    assert f"{first.name}  1 records" in shown
    assert "missing" in shown
    assert "torn" in shown
    assert f"{third.name}" in shown


def test_a_folder_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stats", str(tmp_path / "nowhere")]) == 2
    assert "there is no folder" in capsys.readouterr().err
