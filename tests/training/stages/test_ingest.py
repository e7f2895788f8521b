"""``ingest`` joins a log's records into examples, and leaves out what consent does not cover."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.redis_server import RedisServer
from eventlog import ConsentSnapshot, Record
from eventlog.brokers.opening import open_broker, subscribe
from eventlog.collecting import collect
from eventlog.encoding import encode
from eventlog.opening import open_keys, open_shared_keys
from eventlog.segments import SegmentConfig, SegmentLog
from eventlog.shared_redis import SharedRedis
from prompt_format import EditEvent, TextRange
from tests.eventlog.logs import (
    EXCERPT,
    GRANTED,
    PROMPT_INPUT,
    consent,
    deletion,
    outcome,
    prediction,
    settled,
    write_segment,
)
from training.errors import RunError
from training.examples import Example
from training.stage import Dropped
from training.stages import ingest

GRANT = consent("grant")
PATCH = (
    "--- a/shop/area.py\n+++ b/shop/area.py\n"
    "@@ -2,1 +2,1 @@\n-    ret\n+    return 0<|user_cursor|>\n"
)


def _ingest(
    folder: Path, records: Sequence[Record], name: str = "log.jsonl", **config: object
) -> tuple[list[Example], Counter[str]]:
    """The examples, and what was left out by its word."""
    folder.mkdir(exist_ok=True)
    write_segment(folder / name, records)
    return _read(folder, **config)


def _read(folder: Path, **config: object) -> tuple[list[Example], Counter[str]]:
    chosen = ingest.IngestConfig.model_validate({"segments": (folder,), **config})
    rows = [row for unit in ingest.units(chosen) for row in ingest.run(unit, chosen)]
    dropped = Counter(row.reason for row in rows if isinstance(row, Dropped))
    return [row for row in rows if isinstance(row, Example)], dropped


def _one(folder: Path, *records: Record) -> Example:
    (example,), dropped = _ingest(folder, [GRANT, *records])
    assert not dropped
    return example


@pytest.mark.parametrize("name", ["log.jsonl", "log.jsonl.zst"])
def test_everything_about_a_prediction(name: str, tmp_path: Path) -> None:
    records: list[Record] = [
        GRANT,
        prediction("p1", experiment="e", arm="a", num_generated_tokens=4, seconds={"total": 0.2}),
        outcome("p1", "shown"),
        outcome("p1", "rejected", 2.0, reject_reason="discarded"),
        settled("p1", "    return width"),
    ]
    (example,), dropped = _ingest(tmp_path, records, name)
    assert not dropped
    assert example.spec.name == "p1"
    assert example.spec.tags == ("rejected:discarded", "settled")
    assert example.spec.repository_url == "https://example.com/shop"
    assert example.spec.cursor_position == EXCERPT.replace("ret", "ret<|user_cursor|>")
    assert example.spec.rejected_patch == PATCH
    assert example.spec.expected_patches == ()
    assert example.spec.telemetry is not None
    assert example.spec.telemetry.was_shown
    assert example.spec.telemetry.rejection_reason == "discarded"
    assert example.prompt_inputs == PROMPT_INPUT
    (served,) = example.predictions
    assert (served.provider, served.actual_patch, served.actual_output) == (
        "served",
        PATCH,
        "urn 0",
    )
    assert (served.num_tokens, served.seconds) == (4, 0.2)
    assert served.source["arm"] == "a" and served.source["prompt_format"] == "completion"
    assert example.settled is not None
    assert (example.settled.region_start, example.settled.region_end) == (25, 32)
    assert (example.settled.text, example.settled.seconds_to_settle) == ("    return width", 12.5)
    assert (example.license, example.language) == ("MIT", "python")


def test_an_accepted_edit_is_expected(tmp_path: Path) -> None:
    example = _one(tmp_path, prediction("p1"), outcome("p1", "accepted"))
    assert example.spec.expected_patches == (PATCH,)
    assert example.spec.tags == ("accepted",)


def test_only_what_was_seen_is_a_rejected_patch(tmp_path: Path) -> None:
    example = _one(tmp_path, prediction("p1"), outcome("p1", "rejected", was_shown=False))
    assert example.spec.rejected_patch is None


def test_silence_is_never_accepted(tmp_path: Path) -> None:
    silent = prediction("p1", reason="no_change")
    example = _one(tmp_path, silent, outcome("p1", "accepted"))
    assert example.spec.expected_patches == ()
    assert example.predictions[0].reason == "no_change"


def test_the_last_word_counts_and_a_rating_is_kept(tmp_path: Path) -> None:
    example = _one(
        tmp_path,
        outcome("p1", "rated", 9.0, rating="positive"),
        outcome("p1", "accepted", 3.0),
        outcome("p1", "replaced", 1.0),
        prediction("p1"),
    )
    assert example.spec.tags == ("accepted",)
    assert example.spec.rating == "positive"


def test_the_region_is_the_one_that_was_tracked(tmp_path: Path) -> None:
    tracked = settled("p1", "return 1", editable_range=TextRange(start=29, end=32))
    example = _one(tmp_path, prediction("p1"), tracked)
    assert example.settled is not None
    assert (example.settled.region_start, example.settled.region_end) == (29, 32)


def test_history_is_one_text(tmp_path: Path) -> None:
    events = (
        EditEvent(path="a.py", diff="@@ -1,1 +1,1 @@\n-a\n+b"),
        EditEvent(path="a.py", diff="@@ -1,1 +1,1 @@\n-b\n+c\n", predicted=True),
    )
    given_input = PROMPT_INPUT.model_copy(update={"events": events})
    snapshot = prediction("p1").snapshot
    assert snapshot is not None
    changed = snapshot.model_copy(update={"prompt_input": given_input})
    example = _one(tmp_path, prediction("p1", snapshot=changed))
    assert example.spec.edit_history == (
        "--- a/a.py\n+++ b/a.py\n@@ -1,1 +1,1 @@\n-a\n+b\n"
        "// User accepted prediction:\n"
        "--- a/a.py\n+++ b/a.py\n@@ -1,1 +1,1 @@\n-b\n+c\n"
    )


def test_records_may_stand_in_any_order_and_segment(tmp_path: Path) -> None:
    write_segment(tmp_path / "1.jsonl", [settled("p1", "x"), outcome("p2", "accepted")])
    write_segment(tmp_path / "2.jsonl.zst", [prediction("p2"), prediction("p1")])
    write_segment(tmp_path / "3.jsonl", [GRANT])
    examples, dropped = _read(tmp_path)
    assert {example.spec.name: example.spec.tags for example in examples} == {
        "p1": ("settled",),
        "p2": ("accepted",),
    }
    assert not dropped


@pytest.mark.parametrize(
    "stranger",
    [
        outcome("p1", "accepted", user="mallory"),
        outcome("p9", "accepted"),
        outcome("p1", "accepted", -5.0),
        settled("p1", "x", -5.0),
        settled("p1", "x", 301.0),
        settled("p1", "x", user="mallory"),
        settled("p1", "x", consent=ConsentSnapshot()),
    ],
)
def test_what_does_not_belong_to_the_prediction_is_counted(
    stranger: Record, tmp_path: Path
) -> None:
    (example,), dropped = _ingest(tmp_path, [GRANT, prediction("p1"), stranger])
    assert (example.spec.tags, example.settled) == ((), None)
    assert dropped == {"event_without_prediction": 1}


def test_what_comes_twice_counts_once(tmp_path: Path) -> None:
    events: list[Record] = [outcome("p1", "accepted"), settled("p1", "first", 20.0)]
    forged = prediction("p1", 1.0, user="mallory")
    records = [GRANT, prediction("p1"), forged, *events, *events, settled("p1", "second", 30.0)]
    (example,), _dropped = _ingest(tmp_path, records)
    assert example.spec.tags == ("accepted", "settled")
    assert example.settled is not None and example.settled.text == "first"


def test_a_broken_snapshot_costs_its_row_only(tmp_path: Path) -> None:
    good, bad, off = prediction("p1"), prediction("p2"), prediction("p3")
    assert bad.snapshot is not None
    wrong = bad.snapshot.model_copy(update={"cursor_offset": "nonsense"})
    outside = bad.snapshot.model_copy(update={"editable_range": TextRange(start=0, end=999)})
    records: list[Record] = [
        GRANT,
        good,
        bad.model_copy(update={"snapshot": wrong}),
        off.model_copy(update={"snapshot": outside}),
        prediction("p4", snapshot=None),
    ]
    with pytest.warns(UserWarning, match="cursor_offset"):
        (example,), dropped = _ingest(tmp_path, records)
    assert example.spec.name == "p1"
    assert dropped == {"invalid_snapshot": 2, "no_snapshot": 1}


def test_lines_that_are_no_records_are_counted(tmp_path: Path) -> None:
    _ingest(tmp_path, [GRANT, prediction("p1")])
    with (tmp_path / "log.jsonl").open("ab") as file:
        file.write(b'nonsense\n{"kind": "weather"}\n{"kind": "pred')
    examples, dropped = _read(tmp_path)
    assert len(examples) == 1
    assert dropped == {"invalid_record": 1, "unknown_kind": 1, "torn_segment": 1}


@pytest.mark.parametrize(
    ("require", "names"), [("any", "abc"), ("outcome", "bc"), ("settled", "c")]
)
def test_what_must_have_followed(require: str, names: str, tmp_path: Path) -> None:
    records: list[Record] = [
        GRANT,
        *[prediction(name) for name in "abc"],
        outcome("b", "accepted"),
        outcome("c", "accepted"),
        settled("c", "x"),
    ]
    examples, dropped = _ingest(tmp_path, records, require=require)
    assert "".join(example.spec.name for example in examples) == names
    assert sum(dropped.values()) == 3 - len(names)


def test_many_predictions_are_cut_into_units(tmp_path: Path) -> None:
    names = [f"p{number}" for number in range(ingest.PREDICTIONS_PER_UNIT + 3)]
    path = write_segment(tmp_path / "log.jsonl", [GRANT, *map(prediction, names)])
    config = ingest.IngestConfig(segments=(path,))
    assert len(list(ingest.units(config))) == 2
    examples, _dropped = _read(tmp_path)
    assert [example.spec.name for example in examples] == names


def test_no_log_ends_the_run(tmp_path: Path) -> None:
    (tmp_path / "note.txt").touch()
    (tmp_path / "folder.jsonl").mkdir()
    for given_path in (tmp_path / "nowhere", tmp_path, tmp_path / "note.txt"):
        with pytest.raises(RunError):
            list(ingest.units(ingest.IngestConfig(segments=(given_path,))))


WORDS = st.lists(
    st.tuples(st.sampled_from(["grant", "revoke", "delete"]), st.integers(-40, 60)), max_size=4
)
SNAPSHOTS = st.builds(
    lambda flag, known, license_class: GRANTED.model_copy(
        update={
            "can_collect_data": flag,
            "consent_id": GRANTED.consent_id if known else None,
            "license_class": license_class,
        }
    ),
    st.booleans(),
    st.booleans(),
    st.sampled_from(list(type(GRANTED.license_class))),
)


@given(
    words=WORDS,
    snapshots=st.lists(SNAPSHOTS, min_size=1, max_size=4),
    settled_consent=SNAPSHOTS,
)
def test_no_text_without_consent_ever_enters(
    words: list[tuple[str, int]],
    snapshots: list[ConsentSnapshot],
    settled_consent: ConsentSnapshot,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Whoever enters has three keys, a grant before, and no word against it since."""
    records: list[Record] = [
        deletion(time) if word == "delete" else consent(word, time) for word, time in words
    ]
    times = {}
    for number, snapshot in enumerate(snapshots):
        name = f"p{number}"
        times[name] = number * 10
        records += [
            prediction(name, times[name], consent=snapshot),
            settled(name, "SECRET", times[name] + 5, consent=settled_consent),
        ]
    examples, _dropped = _ingest(tmp_path_factory.mktemp("log"), records)
    entered = {example.spec.name: example for example in examples}
    for number, snapshot in enumerate(snapshots):
        name = f"p{number}"
        before = [
            (t, word == "revoke") for word, t in words if word != "delete" and t <= times[name]
        ]
        is_granted = bool(before) and not max(before)[1]
        is_taken_back = any(word != "grant" and t >= times[name] for word, t in words)
        may_enter = snapshot.is_complete and is_granted and not is_taken_back
        assert (name in entered) == may_enter
        if may_enter and not settled_consent.is_complete:
            assert "SECRET" not in entered[name].model_dump_json()


def _sealed_log(data: Path) -> None:
    """A log as the server leaves it: several segments, words sealed, one event there twice."""
    keys = open_keys(data)
    log = SegmentLog(data / "log", SegmentConfig(retention_seconds={}))
    log.start()
    records: list[Record] = [GRANT, prediction("p1"), outcome("p1", "accepted")]
    records.append(settled("p1", "    return 0"))
    for record in [*records, records[2]]:
        log.append([encode(record, keys)]).result(timeout=10)
    log.stop()


def test_a_sealed_log_is_read_with_its_keys(tmp_path: Path) -> None:
    _sealed_log(tmp_path)
    [example], dropped = _read(tmp_path / "log", data=str(tmp_path))
    assert example.spec.expected_patches == (PATCH,)
    assert example.settled is not None
    assert example.settled.text == "    return 0"
    assert not dropped


def test_without_keys_nothing_sealed_is_learnt_from(tmp_path: Path) -> None:
    _sealed_log(tmp_path)
    examples, dropped = _read(tmp_path / "log")
    assert not examples
    assert dropped == {"sealed_record": 3, "event_without_prediction": 1}


def test_what_a_user_had_erased_is_not_learnt_from(tmp_path: Path) -> None:
    _sealed_log(tmp_path)
    keys = open_keys(tmp_path)
    keys.destroy(keys.key_for("ann").pseudonym)
    ingest._lookup.cache_clear()
    examples, dropped = _read(tmp_path / "log", data=str(tmp_path))
    assert not examples
    assert dropped["sealed_record"] == 3


def test_a_log_of_several_servers(tmp_path: Path, redis_server: RedisServer) -> None:
    master = f"file:{tmp_path / 'master.key'}"
    keys = open_shared_keys(SharedRedis(redis_server.url), master)
    sink, _source = open_broker(redis_server.url, 1 << 20, {})
    sink.start()
    records: list[Record] = [GRANT, prediction("p1"), outcome("p1", "accepted")]
    for record in [*records, settled("p1", "return 0")]:
        sink.append([encode(record, keys)]).result(timeout=10)
    sink.stop()
    _collect(redis_server.url, tmp_path / "log")
    [example], dropped = _read(tmp_path / "log", data=redis_server.url, master_key=master)
    assert example.settled is not None
    assert example.settled.text == "return 0"
    assert not dropped


def _collect(address: str, folder: Path) -> None:
    log = SegmentLog(folder, SegmentConfig(retention_seconds={}))
    log.start()
    assert collect(subscribe(address, "training"), log, follow=False) == 4
    log.stop()


def test_a_folder_without_keys_stays_as_it_is(tmp_path: Path) -> None:
    _sealed_log(tmp_path)
    (tmp_path / "other").mkdir()
    with pytest.raises(RunError, match="is no data folder"):
        _read(tmp_path / "log", data=str(tmp_path / "other"))
    assert not list((tmp_path / "other").iterdir())
