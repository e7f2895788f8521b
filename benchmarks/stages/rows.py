"""Rows for the stages that come after a teacher, a student or a user, made without any of them.

All are made from real examples by chance that depends on a seed alone: answers that are right,
nearly right, beside the point or no answer at all; regions that came to rest, with many samples of
a student each; the log of a server whose users let us learn.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path

from ulid import ULID

from eventlog import (
    ConsentRecord,
    ConsentSnapshot,
    LicenseClass,
    OutcomeRecord,
    PredictionRecord,
    Record,
    Snapshot,
)
from prompt_format import InvalidPatch, PromptInput, TextRange
from prompt_format.cursor_region import take_cursor
from prompt_format.udiff import apply_hunks, read_hunks
from training.examples import Example, Prediction, Sample, Settled

NUM_SAMPLES = 50
START = datetime(2026, 1, 1, tzinfo=UTC)
USER = "user"
PROJECT = "project"
REGION_LINES = 12
DISTANCES = (0, 1, 4, 12)
"""Of the samples of a row: it may be obvious to the student, out of its reach, or in between."""
IDLE_RATE = 0.2
"""Share of the samples that leave the region as it was."""


def read_examples(file: Path, count: int) -> Iterator[Example]:
    """``count`` examples of ``file``, again from its start under other names if it has fewer."""

    def lines() -> Iterator[str]:
        with file.open() as rows:
            yield from rows

    for number, line in enumerate(islice(cycle(lines()), count)):
        example = Example.model_validate_json(line)
        spec = example.spec.model_copy(update={"name": f"{example.spec.name}-{number}"})
        yield example.model_copy(update={"spec": spec})


def answered(example: Example, chance: random.Random) -> Example:
    """``example`` with a prediction, as ``predict`` or ``distill`` would answer it."""
    patch = example.spec.expected_patches[0]
    draw = chance.random()
    reason = None
    if draw < 0.1:
        given, reason = None, "markers_missing"
    elif draw < 0.3:
        given, reason = "".join(patch.splitlines(keepends=True)[:2]), "empty_output"
    elif draw < 0.6:
        given = patch
    else:
        given = "".join(_altered(line, chance) for line in patch.splitlines(keepends=True))
    prediction = Prediction(
        provider="student", actual_patch=given, actual_output=given or "", reason=reason
    )
    return example.model_copy(update={"predictions": (prediction,)})


def _altered(line: str, chance: random.Random) -> str:
    """An added line with other words in it."""
    if not line.startswith("+") or line.startswith("+++"):
        return line
    words = line[1:].split(" ")
    place = chance.randrange(len(words))
    words[place] = words[place][::-1].replace("\n", "") or "value"
    return "+" + " ".join(words).rstrip("\n") + "\n"


def settled(example: Example, chance: random.Random) -> Example | None:
    """``example`` as a region that came to rest, with samples; None for one without a region."""
    given = example.prompt_inputs
    if given is None:
        return None
    region = _region(given)
    old = given.excerpt_bytes[region.start : region.end].decode()
    text = _after(given, region, example.spec.expected_patches[0])
    if text is None:
        return None
    far = chance.choice(DISTANCES)
    samples = tuple(Sample(text=_sampled(old, text, far, chance)) for _ in range(NUM_SAMPLES))
    rested = Settled(region_start=region.start, region_end=region.end, text=text)
    spec = example.spec.model_copy(update={"expected_patches": ()})
    return example.model_copy(update={"spec": spec, "settled": rested, "samples": samples})


def _region(given: PromptInput) -> TextRange:
    """Some lines around the cursor."""
    text, cursor = given.excerpt_bytes, given.cursor_offset_in_excerpt
    start = end = cursor
    for _line in range(REGION_LINES):
        start = text.rfind(b"\n", 0, max(0, start - 1)) + 1
        found = text.find(b"\n", end)
        end = len(text) if found < 0 else found + 1
    return TextRange(start=start, end=end)


def _after(given: PromptInput, region: TextRange, patch: str) -> str | None:
    """The region after ``patch``; None if the patch changes anything else."""
    text = given.excerpt_bytes
    try:
        after, _cursor = take_cursor(
            apply_hunks(given.cursor_excerpt, read_hunks(patch), given.excerpt_start_row or 0)
        )
    except InvalidPatch:
        return None
    before, rest = text[: region.start].decode(), text[region.end :].decode()
    if not after.startswith(before) or not after.endswith(rest):
        return None
    return after[len(before) : len(after) - len(rest)]


def _sampled(old: str, new: str, far: int, chance: random.Random) -> str:
    """Nothing done, or the text with ``far`` to twice as many stretches replaced."""
    if chance.random() < IDLE_RATE:
        return old
    chars = list(new)
    for _stretch in range(chance.randint(far, 2 * far)):
        place = chance.randint(0, len(chars))
        chars[place : place + chance.randint(0, 20)] = old[: chance.randint(0, 20)]
    return "".join(chars)


def records(examples: Iterator[Example]) -> Iterator[Record]:
    """A log of predictions that were shown and accepted, by a user who consents."""
    yield ConsentRecord(
        event_id=_id(0), time=START, user=USER, action="grant", project=PROJECT, policy_version="1"
    )
    consent = ConsentSnapshot(
        can_collect_data=True,
        consent_id=_id(0),
        license_class=LicenseClass.PERMISSIVE,
        license="MIT",
    )
    for number, example in enumerate(examples, start=1):
        given = example.prompt_inputs
        if given is None:
            continue
        region = _region(given)
        text = given.excerpt_bytes[region.start : region.end].decode()
        name, time = f"prediction-{number}", START + timedelta(seconds=10 * number)
        yield PredictionRecord(
            event_id=_id(10 * number),
            time=time,
            user=USER,
            project=PROJECT,
            prediction_id=name,
            prompt_format="foretype-span",
            consent=consent,
            snapshot=Snapshot(
                prompt_input=given, editable_range=region, output=text, new_text=text + "\n"
            ),
        )
        yield OutcomeRecord(
            event_id=_id(10 * number + 1),
            time=time + timedelta(seconds=1),
            user=USER,
            prediction_id=name,
            outcome="accepted",
        )


def _id(seconds: int) -> str:
    """A ULID of that second, the same in every run."""
    milliseconds = int((START + timedelta(seconds=seconds)).timestamp() * 1000)
    return str(ULID.from_bytes(milliseconds.to_bytes(6, "big") + seconds.to_bytes(10, "big")))
