"""Records come back as they were written; fields of later versions stay."""

import json

import pytest
from pydantic import ValidationError

from eventlog import ConsentSnapshot, LicenseClass, Record, parse_record
from tests.eventlog.logs import GRANTED, consent, deletion, outcome, prediction, settled

RECORDS: tuple[Record, ...] = (
    prediction("p1"),
    prediction("p2", snapshot=None, consent=ConsentSnapshot()),
    outcome("p1", "rejected", reject_reason="discarded", was_shown=True),
    settled("p1", "    return 1"),
    consent("grant"),
    deletion(5.0),
)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.kind)
def test_there_and_back(record: Record) -> None:
    line = json.dumps(record.model_dump(mode="json"))
    assert parse_record(json.loads(line)) == record
    assert record.schema_version == 1


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.kind)
def test_fields_of_a_later_version_are_kept(record: Record) -> None:
    fields = {**record.model_dump(mode="json"), "schema_version": 7, "mood": {"is": "good"}}
    read = parse_record(fields)
    assert read.model_dump(mode="json") == fields


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "nonsense"},
        {"event_id": "not-a-ulid"},
        {"time": "2026-03-01T12:00:00"},
        {"user": ""},
        {"outcome": "liked"},
        {"prediction_id": ""},
    ],
)
def test_what_is_wrong_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        parse_record({**outcome("p1", "shown").model_dump(mode="json"), **change})


def test_all_three_keys_are_needed() -> None:
    assert GRANTED.is_complete
    assert GRANTED.model_copy(update={"license_class": LicenseClass.WAIVED}).is_complete
    for change in (
        {"can_collect_data": False},
        {"consent_id": None},
        {"consent_id": ""},
        {"license_class": LicenseClass.OTHER},
        {"license_class": LicenseClass.UNKNOWN},
    ):
        assert not GRANTED.model_copy(update=change).is_complete
    assert not ConsentSnapshot().is_complete
