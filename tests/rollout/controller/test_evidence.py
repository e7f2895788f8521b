"""What a look is given of a log that a server is writing."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from ulid import ULID

from eventlog import Record
from eventlog.segments import RecordClass
from eventlog.segments.names import SegmentName
from rollout.controller.controller import EvidenceMissing
from rollout.controller.evidence import LogEvidence
from rollout.experiments.document import ArmChanges, ExperimentSpec, Treatment
from rollout.experiments.state import Progress, Status
from rollout.judge.judgement import Evidence
from rollout.judge.metrics import Metric
from tests.eventlog.logs import at
from tests.rollout.judge.logs import DAY, SALT, exposure, prediction, settled, write_log

SPEC = ExperimentSpec(
    key="warmer",
    salt=SALT,
    treatments=tuple(Treatment(key=key, changes=ArmChanges()) for key in ("warm", "hot")),
)
STARTED = at(40 * DAY)
NOW = at(42 * DAY)
PROGRESS = Progress(
    status=Status.RUNNING, stage=1, started=STARTED, since=STARTED + timedelta(days=1)
)


def look(folder: Path, now: datetime = NOW) -> dict[str, Evidence]:
    return dict(LogEvidence(folder, slow_seconds=0.3, mature_seconds=600.0)(SPEC, PROGRESS, now))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two users of the control, one of each treatment, who kept half of what was predicted."""
    arms = {"ann": "control", "ben": "control", "cai": "warm", "dee": "hot"}
    records: list[Record] = []
    for user, arm in arms.items():
        made = prediction(user, 41 * DAY)
        records += [exposure(user, arm, 41 * DAY), made, settled(made, kept=5)]
    young = prediction("ann", 42 * DAY - 300.0)
    write_log(tmp_path, [*records, young])
    return tmp_path / "log"


def damaged_segment(folder: Path, began: datetime) -> None:
    """It cannot be read, if anybody tries."""
    name = SegmentName(RecordClass.COUNTS, ULID.from_datetime(began))
    name.sealed_in(folder).write_bytes(b"this was never compressed")


def test_each_treatment_is_compared_with_the_control(folder: Path) -> None:
    found = look(folder)
    assert set(found) == {"warm", "hot"}
    for evidence in found.values():
        assert evidence.num_users == (2, 1)
        kept = evidence.control[Metric.KEPT_RATE], evidence.treatment[Metric.KEPT_RATE]
        assert [each.num_users for each in kept] == [2, 1]
        assert evidence.num_in_several == 0


def test_times_count_from_the_stage_and_from_what_was_heard_last(folder: Path) -> None:
    evidence = look(folder)["warm"]
    assert evidence.stage_seconds == DAY
    assert 0.0 < evidence.silent_seconds <= DAY


def test_of_a_log_no_more_is_read_than_the_attempt_and_the_history_before_it(folder: Path) -> None:
    damaged_segment(folder, STARTED - timedelta(days=16))
    assert look(folder)["warm"].num_users == (2, 1)


@pytest.mark.parametrize("days", [-14.0, 0.0, 1.5])
def test_what_cannot_be_read_is_missing(folder: Path, days: float) -> None:
    damaged_segment(folder, STARTED + timedelta(days=days))
    with pytest.raises(EvidenceMissing, match="cannot be read"):
        look(folder)


def test_a_log_that_is_not_there_is_missing(tmp_path: Path) -> None:
    """At once: who writes one makes its folder first."""
    with pytest.raises(EvidenceMissing, match="the log's folder is not there"):
        look(tmp_path / "typo", STARTED)


@pytest.mark.parametrize("days", [None, -2.0])
def test_a_log_with_nothing_of_the_attempt_is_missing(tmp_path: Path, days: float | None) -> None:
    """Such as one that is not collected any more."""
    if days is not None:
        damaged_segment(tmp_path, STARTED + timedelta(days=days))
    with pytest.raises(EvidenceMissing, match="the log has nothing since the attempt began"):
        look(tmp_path)


def test_an_attempt_that_has_just_begun_need_not_be_in_the_log(tmp_path: Path) -> None:
    """Silence counts from the start."""
    evidence = look(tmp_path, STARTED + timedelta(minutes=30))["hot"]
    assert evidence.num_users == (0, 0)
    assert evidence.silent_seconds == 1800.0
