"""Generated logs: records briefly said, and written as segments."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import zstandard
from ulid import ULID

from eventlog import (
    ConsentRecord,
    ConsentSnapshot,
    DeletionRecord,
    LicenseClass,
    OutcomeRecord,
    PredictionRecord,
    Record,
    SettledRecord,
    Snapshot,
)
from prompt_format import PromptInput, TextRange

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
GRANTED = ConsentSnapshot(
    can_collect_data=True,
    consent_id="01ARZ3NDEKTSV4RRFFQ69G5FAV",
    license_class=LicenseClass.PERMISSIVE,
    license="MIT",
)
EXCERPT = "def area(width, height):\n    ret\n"
REGION = TextRange(start=25, end=32)
PROMPT_INPUT = PromptInput(
    cursor_path="shop/area.py",
    cursor_excerpt=EXCERPT,
    cursor_offset_in_excerpt=32,
    repo_url="https://example.com/shop",
)


def at(after: float) -> datetime:
    """So long after the start of the log."""
    return START + timedelta(seconds=after)


def event_id(after: float = 0.0) -> str:
    return str(ULID.from_datetime(at(after)))


def prediction(prediction_id: str, after: float = 0.0, **fields: Any) -> PredictionRecord:
    """By default an edit of ``REGION``, with consent."""
    snapshot = Snapshot(
        prompt_input=PROMPT_INPUT,
        editable_range=REGION,
        output="urn 0",
        new_text="    return 0",
        cursor_offset=12,
    )
    values: dict[str, Any] = {
        "user": "ann",
        "project": "shop",
        "prompt_format": "completion",
        "model_version": "m1",
        "consent": GRANTED,
        "snapshot": snapshot,
        **fields,
    }
    return PredictionRecord(
        event_id=event_id(after), time=at(after), prediction_id=prediction_id, **values
    )


def outcome(prediction_id: str, word: Any, after: float = 1.0, **fields: Any) -> OutcomeRecord:
    values: dict[str, Any] = {"user": "ann", **fields}
    return OutcomeRecord(
        event_id=event_id(after),
        time=at(after),
        prediction_id=prediction_id,
        outcome=word,
        **values,
    )


def settled(prediction_id: str, text: str, after: float = 20.0, **fields: Any) -> SettledRecord:
    values: dict[str, Any] = {"user": "ann", "consent": GRANTED, **fields}
    return SettledRecord(
        event_id=event_id(after),
        time=at(after),
        prediction_id=prediction_id,
        source="client",
        text=text,
        seconds_to_settle=12.5,
        **values,
    )


def consent(action: Any, after: float = -100.0, **fields: Any) -> ConsentRecord:
    values: dict[str, Any] = {"user": "ann", "project": "shop", **fields}
    return ConsentRecord(event_id=event_id(after), time=at(after), action=action, **values)


def deletion(after: float, **fields: Any) -> DeletionRecord:
    values: dict[str, Any] = {"user": "ann", **fields}
    return DeletionRecord(event_id=event_id(after), time=at(after), **values)


def write_segment(path: Path, records: Sequence[Record]) -> Path:
    """Plain JSONL, or zstd by the name's ending."""
    lines = "".join(json.dumps(record.model_dump(mode="json")) + "\n" for record in records)
    data = lines.encode()
    path.write_bytes(zstandard.compress(data) if path.suffix == ".zst" else data)
    return path
