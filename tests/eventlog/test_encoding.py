"""What lies in the log of a user's words: nothing that can be read without the user's key."""

from pathlib import Path

import pytest

from eventlog import ConsentRecord, DeletionRecord, PredictionRecord, ReadCounts, Record
from eventlog.encoding import encode
from eventlog.keys import UserKeys
from eventlog.opening import open_keys
from eventlog.reading import read_records
from eventlog.segments import RecordClass
from tests.eventlog.logs import EXCERPT, consent, deletion, outcome, prediction, settled

RECORDS: list[tuple[Record, RecordClass]] = [
    (prediction("p1", session="window-7"), RecordClass.TEXT),
    (prediction("p2", snapshot=None), RecordClass.COUNTS),
    (outcome("p1", "accepted"), RecordClass.COUNTS),
    (settled("p1", "    return secret_sauce"), RecordClass.TEXT),
    (consent("grant"), RecordClass.CONSENT),
    (deletion(5.0, project="shop"), RecordClass.CONSENT),
]


@pytest.fixture
def keys(tmp_path: Path) -> UserKeys:
    return open_keys(tmp_path)


def write(folder: Path, keys: UserKeys, records: list[Record]) -> Path:
    path = folder / "log.jsonl"
    path.write_bytes(b"".join(encode(record, keys).data for record in records))
    return path


@pytest.mark.parametrize(("record", "record_class"), RECORDS)
def test_a_record_comes_back_under_a_pseudonym(
    record: Record, record_class: RecordClass, keys: UserKeys, tmp_path: Path
) -> None:
    path = write(tmp_path, keys, [record])
    pseudonym = keys.key_for("ann").pseudonym
    [read] = read_records([path], keys=keys.key_named)
    assert read == record.model_copy(update={"user": pseudonym})
    assert encode(record, keys).record_class is record_class


def test_nothing_of_the_user_is_in_the_file(keys: UserKeys, tmp_path: Path) -> None:
    raw = write(tmp_path, keys, [record for record, _class in RECORDS]).read_bytes()
    for word in ("ann", "shop", "window-7", "secret_sauce", "area.py", EXCERPT[:12]):
        assert word.encode() not in raw


def test_without_the_key_a_sealed_record_is_not_read(keys: UserKeys, tmp_path: Path) -> None:
    """Least of all a consent, which would seem to be given for every project."""
    path = write(tmp_path, keys, [consent("grant"), outcome("p1", "shown"), prediction("p1")])
    for lookup in (None, lambda _pseudonym: b"\0" * 32):
        counts = ReadCounts()
        [read] = read_records([path], counts, lookup)
        assert read.kind == "outcome"
        assert (counts.num_records, counts.num_sealed) == (1, 2)


def test_destroying_the_key_makes_every_copy_unreadable(keys: UserKeys, tmp_path: Path) -> None:
    others = prediction("p2").model_copy(update={"user": "bob"})
    path = write(tmp_path, keys, [prediction("p1"), others, deletion(5.0)])
    backup = tmp_path / "backup.jsonl"
    backup.write_bytes(path.read_bytes())
    keys.destroy(keys.key_for("ann").pseudonym)
    for copy in (path, backup):
        kept, tombstone = read_records([copy], keys=keys.key_named)
        assert isinstance(kept, PredictionRecord)
        assert kept.prediction_id == "p2"
        assert isinstance(tombstone, DeletionRecord)


def test_words_fit_no_other_record(keys: UserKeys, tmp_path: Path) -> None:
    grant, other = consent("grant"), consent("grant", after=-50.0, project="other")
    line = encode(grant, keys).data
    path = tmp_path / "log.jsonl"
    moved = line.replace(grant.event_id.encode(), other.event_id.encode())
    path.write_bytes(moved.rsplit(b',"crc"', 1)[0] + b"}\n")
    counts = ReadCounts()
    assert not list(read_records([path], counts, keys.key_named))
    assert counts.num_sealed == 1


def test_a_record_without_words_is_not_sealed(keys: UserKeys) -> None:
    bare = prediction("p2", snapshot=None, project="")
    assert isinstance(bare, PredictionRecord)
    assert b"sealed" not in encode(bare, keys).data
    assert b"sealed" in encode(ConsentRecord(**consent("grant").model_dump()), keys).data
