"""``ingest``: examples from the event log, one for each prediction that may be learnt from.

Snapshots, outcomes and settled states are joined by prediction id. Consent is asked for again, as
the whole log knows it now; a row without it is dropped, and its text never leaves the log.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby, islice
from pathlib import Path
from typing import Literal

from pydantic import Field

from eventlog import (
    KeyLookup,
    OutcomeRecord,
    PredictionRecord,
    ReadCounts,
    Record,
    SettledRecord,
    read_at,
    to_record,
)
from eventlog.opening import existing_keys
from eventlog.segments import EventLogError
from eventlog.segments.names import MANIFEST
from prompt_format import InvalidRange
from training.errors import RunError
from training.examples import Example
from training.ingestion.index import Joined, Place, index_log
from training.ingestion.joining import example_of
from training.stage import Dropped, SourceStage, StageConfig

PREDICTIONS_PER_UNIT = 1000
MAX_KEYS = 10_000
ENDINGS = (".jsonl", ".zst")


class IngestConfig(StageConfig):
    """Which log, and which predictions of it."""

    segments: tuple[Path, ...] = Field(
        description="Segments in order, .jsonl or .jsonl.zst; of a folder all, by name."
    )
    data: str | None = Field(
        default=None,
        description="The data folder, or the Redis of several servers, whose keys open what is"
        " sealed.",
    )
    master_key: str | None = Field(
        default=None, description="Its master key if not the file in it: file:… or command:…"
    )
    ttl_seconds: float = Field(
        default=300.0, gt=0.0, description="A region that settles later than this counts for none."
    )
    require: Literal["any", "outcome", "settled"] = Field(
        default="any", description="What a prediction must have been followed by."
    )


@dataclass(frozen=True, slots=True)
class Unit:
    """Some predictions of one segment. ``segments`` are those of the whole log, by number.

    ``left_out`` counts what the first pass could not use, by a word; the last unit tells it.
    """

    segments: tuple[Path, ...]
    predictions: tuple[Joined, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)


def units(config: IngestConfig) -> Iterator[Unit]:
    """Reads the log once, then cuts it. Raises ``RunError`` if there is nothing to read."""
    segments = tuple(_segments(config))
    with index_log(segments, config.ttl_seconds, _keys(config)) as index:
        for _segment, group in groupby(index.predictions(), key=lambda each: each.place.segment):
            while part := tuple(islice(group, PREDICTIONS_PER_UNIT)):
                yield Unit(segments, part)
        left_out = {
            "torn_segment": index.counts.num_torn,
            "invalid_record": index.counts.num_invalid,
            "unknown_kind": index.counts.num_unknown,
            "sealed_record": index.counts.num_sealed,
            "event_without_prediction": index.num_ignored,
        }
    if any(left_out.values()):
        yield Unit(segments, (), left_out)


def run(unit: Unit, config: IngestConfig) -> Iterator[Example | Dropped]:
    """The examples of a unit; for each that is left out, the word why."""
    for reason, count in unit.left_out.items():
        yield from (Dropped(reason) for _each in range(count))
    wanted: dict[Place, Joined] = {}
    for joined in unit.predictions:
        objection = joined.objection or _lacking(joined, config)
        if objection is not None:
            yield Dropped(objection)
        else:
            wanted[joined.place] = joined
    keys = _keys(config)
    events = dict(_records(unit, _events_of(wanted.values()), keys))
    for place, record in _records(unit, wanted, keys):
        yield _example(record, wanted[place], events)


def _segments(config: IngestConfig) -> Iterator[Path]:
    for given in config.segments:
        if not given.exists():
            raise RunError(f"there is no {given}")
        if given.is_file():
            if not given.name.endswith(ENDINGS):
                raise RunError(f"{given} is no segment: neither .jsonl nor .jsonl.zst")
            yield given
            continue
        found = sorted(
            path
            for path in given.iterdir()
            if path.name.endswith(ENDINGS) and path.name != MANIFEST and path.is_file()
        )
        if not found:
            raise RunError(f"{given} holds no .jsonl and no .jsonl.zst")
        yield from found


def _lacking(joined: Joined, config: IngestConfig) -> str | None:
    if config.require == "outcome" and not joined.outcomes:
        return "no_outcome"
    return "not_settled" if config.require == "settled" and joined.settled is None else None


def _events_of(predictions: Iterable[Joined]) -> Iterator[Place]:
    for joined in predictions:
        yield from joined.outcomes
        if joined.settled is not None:
            yield joined.settled


def _keys(config: IngestConfig) -> KeyLookup | None:
    """Asked from worker processes too: each opens the keys for itself."""
    return None if config.data is None else _lookup(config.data, config.master_key)


@lru_cache(maxsize=1)
def _lookup(data: str, address: str | None) -> KeyLookup:
    try:
        return lru_cache(maxsize=MAX_KEYS)(existing_keys(data, address).key_named)
    except EventLogError as error:
        raise RunError(str(error)) from None


def _records(
    unit: Unit, places: Iterable[Place], keys: KeyLookup | None
) -> Iterator[tuple[Place, Record | None]]:
    """What stands at ``places``, segment by segment; None where it is no valid record."""
    for segment, group in groupby(sorted(places), key=lambda place: place.segment):
        offsets = [place.offset for place in group]
        for offset, fields in read_at(unit.segments[segment], offsets):
            yield Place(segment, offset), to_record(fields, ReadCounts(), keys)


def _example(
    record: Record | None, joined: Joined, events: Mapping[Place, Record | None]
) -> Example | Dropped:
    """The snapshot is checked here, in the second pass, for the first time."""
    if not isinstance(record, PredictionRecord):
        return Dropped("invalid_snapshot")
    if record.snapshot is None:
        return Dropped("no_snapshot")
    outcomes = [events[place] for place in joined.outcomes]
    settled = events[joined.settled] if joined.settled is not None else None
    try:
        return example_of(
            record,
            [each for each in outcomes if isinstance(each, OutcomeRecord)],
            settled if isinstance(settled, SettledRecord) else None,
        )
    except (InvalidRange, UnicodeDecodeError):
        return Dropped("invalid_snapshot")


STAGE = SourceStage(
    name="ingest",
    summary="examples from the event log: snapshots, outcomes, settled states, with consent",
    version=1,
    config=IngestConfig,
    units=units,
    run=run,
    environment=lambda _config: {},  # the segments are parameters: the runner reads them
)
