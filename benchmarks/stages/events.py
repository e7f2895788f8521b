"""The event log of a server that answered the examples: predictions, outcomes, settled states."""

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from random import Random

from ulid import ULID

from benchmarks.stages.answers import KINDS, Change, answer, change_of, drawn
from eventlog import (
    ConsentRecord,
    ConsentSnapshot,
    LicenseClass,
    OutcomeRecord,
    PredictionRecord,
    Record,
    SettledRecord,
    Snapshot,
)
from training.examples import Example

START = datetime(2026, 1, 1, tzinfo=UTC)
NUM_USERS = 20
PREDICTIONS_PER_SESSION = 10
REVOKING_USER = "user-7"
"""Takes the consent back in the end: what came before must not be learnt."""
PROJECT = "project"
SECONDS_APART = 1.0
SETTLES_AFTER = 15
"""Predictions that come in between: what belongs together does not stand together."""


def event_log(examples: Iterable[Example], chance: Random) -> Iterator[Record]:
    """The records in the order in which a server writes them, one prediction for each example."""
    for user in range(NUM_USERS):
        yield _consent(f"user-{user}", "grant", number=-user - 1)
    waiting: deque[SettledRecord] = deque()
    number = -1
    for number, example in enumerate(examples):
        change, kind = change_of(example), drawn(KINDS, chance)
        yield _prediction(number, example, change, kind, chance)
        yield from _outcomes(number, kind)
        waiting.append(_settled(number, change))
        if len(waiting) > SETTLES_AFTER:
            yield waiting.popleft()
    yield from waiting
    yield _consent(REVOKING_USER, "revoke", number + SETTLES_AFTER + 1)


def _prediction(
    number: int, example: Example, change: Change, kind: str, chance: Random
) -> PredictionRecord:
    is_readable = kind != "unreadable"
    text = answer(change, kind, chance) if is_readable else None
    snapshot = Snapshot(
        prompt_input=change.given.model_copy(update={"repo_url": example.spec.repository_url}),
        editable_range=change.region,
        output=text or "I would",
        new_text=text,
    )
    reasons = {"unreadable": "markers_missing", "silent": "no_change"}
    return PredictionRecord(
        **_facts(number, 0, 0.0),
        session=f"session-{number // PREDICTIONS_PER_SESSION}",
        project=PROJECT,
        prompt_format="foretype-span",
        model_version="generated",
        reason=reasons.get(kind),
        seconds={"total": 0.25},
        num_generated_tokens=len(snapshot.output) // 3,
        consent=_granted(),
        snapshot=snapshot,
    )


def _outcomes(number: int, kind: str) -> Iterator[OutcomeRecord]:
    """What was shown is taken if it is right, and refused or passed over if it is not."""
    if kind in ("unreadable", "silent"):
        return
    words = {"right": "accepted", "partly": "partially_accepted", "unrelated": "rejected"}
    for place, word in enumerate(("shown", words[kind]), start=1):
        facts = _facts(number, place, 0.3 * place)
        yield OutcomeRecord.model_validate({**facts, "outcome": word, "was_shown": True})


def _settled(number: int, change: Change) -> SettledRecord:
    return SettledRecord(
        **_facts(number, 3, SETTLES_AFTER * SECONDS_APART),
        source="client",
        text="".join(change.new),
        seconds_to_settle=SETTLES_AFTER * SECONDS_APART,
        consent=_granted(),
    )


def _consent(user: str, action: str, number: int) -> ConsentRecord:
    event_id, time = _id(number, 4), START + timedelta(seconds=number * SECONDS_APART)
    facts = {"event_id": event_id, "time": time, "user": user, "action": action}
    return ConsentRecord.model_validate({**facts, "project": PROJECT})


def _granted() -> ConsentSnapshot:
    return ConsentSnapshot(
        can_collect_data=True,
        consent_id=_id(0, 5),
        license_class=LicenseClass.PERMISSIVE,
        license="MIT",
    )


def _facts(number: int, place: int, after: float) -> dict[str, object]:
    time = START + timedelta(seconds=number * SECONDS_APART + after)
    user = f"user-{number // PREDICTIONS_PER_SESSION % NUM_USERS}"
    prediction_id = f"prediction-{number}"
    return {
        "event_id": _id(number, place),
        "time": time,
        "user": user,
        "prediction_id": prediction_id,
    }


def _id(number: int, place: int) -> str:
    """The same in every run, another for every record."""
    milliseconds = int(START.timestamp() * 1000) + round(number * SECONDS_APART * 1000)
    counter = (number + NUM_USERS) * 10 + place
    return str(ULID.from_bytes(milliseconds.to_bytes(6, "big") + counter.to_bytes(10, "big")))
