"""Answers to examples as a teacher or a student gives them, without either.

They are made from the right edit, by chance that depends on a seed alone: right, partly right,
beside the point, silent, or no answer that can be read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from prompt_format import InvalidPatch, PromptInput, TextRange
from prompt_format.cursor_region import take_cursor
from prompt_format.lines import split_lines
from prompt_format.udiff import apply_hunks, read_hunks
from training.examples import Example, Prediction, Sample, Settled
from training.regions import patch_of_region

LINES_AROUND = 8
"""Lines of the region before and after those that the edit changes."""
KINDS = {"right": 0.35, "partly": 0.30, "unrelated": 0.15, "silent": 0.10, "unreadable": 0.10}
SAMPLE_KINDS = {"right": 0.10, "partly": 0.60, "unrelated": 0.20, "silent": 0.10}
ZONES = {"obvious": 0.30, "middle": 0.50, "noise": 0.20}
UNFORESEEN = {"obvious": (0.0, 0.0), "middle": (0.2, 1.0), "noise": (2.0, 4.0)}
"""How much a user goes on to write where the edit ends, as a share of the edit, least and most."""
MIN_EDIT_CHARS = 20
MUTATIONS = {"gone": 0.1, "doubled": 0.1, "broken off": 0.2, "other words": 0.6}
NOUNS = ("count", "index", "item", "name", "options", "path", "result", "self.value", "total")


@dataclass(frozen=True, slots=True)
class Change:
    """The right edit, as lines of the excerpt: what ``region`` reads before and after it."""

    given: PromptInput
    region: TextRange
    old: tuple[str, ...]
    new: tuple[str, ...]


def change_of(example: Example) -> Change:
    """The first expected patch; no change where there is none that applies."""
    given = example.prompt_inputs
    assert given is not None, "examples of synthesize hold their prompt input"
    old = split_lines(given.cursor_excerpt)
    new = split_lines(_after(given, example.spec.expected_patches))
    same = next((at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), None)
    if same is None and len(old) == len(new):
        before = given.excerpt_bytes[: given.cursor_offset_in_excerpt].count(b"\n")
        start, old_end, new_end = before, before, before
    else:
        start = min(len(old), len(new)) if same is None else same
        old_end, new_end = len(old), len(new)
        while old_end > start and new_end > start and old[old_end - 1] == new[new_end - 1]:
            old_end, new_end = old_end - 1, new_end - 1
    first = max(0, start - LINES_AROUND)
    old_lines, new_lines = old[first : old_end + LINES_AROUND], new[first : new_end + LINES_AROUND]
    region_start = _num_bytes(old[:first])
    region = TextRange(start=region_start, end=region_start + _num_bytes(old_lines))
    return Change(given, region, tuple(old_lines), tuple(new_lines))


def _after(given: PromptInput, patches: tuple[str, ...]) -> str:
    try:
        hunks = read_hunks(patches[0]) if patches else ()
        after = apply_hunks(given.cursor_excerpt, hunks, given.excerpt_start_row or 0)
    except InvalidPatch:
        return given.cursor_excerpt
    return take_cursor(after)[0] if hunks else after


def _num_bytes(lines: list[str]) -> int:
    return sum(len(line.encode()) for line in lines)


def answer(change: Change, kind: str, chance: Random) -> str:
    """What an answer of that kind puts in place of the region."""
    if kind == "right":
        return "".join(change.new)
    if kind == "silent":
        return "".join(change.old)
    if kind == "unrelated":
        return "".join(_mutated(change.old, range(len(change.old)), chance))
    lines: list[str] = list(change.new)
    for _mutation in range(chance.randint(1, 3)):
        lines = _mutated(lines, _fresh(lines, change.old) or range(len(lines)), chance)
    return "".join(lines)


def _fresh(lines: Sequence[str], old: Sequence[str]) -> list[int]:
    known = set(old)
    return [at for at, line in enumerate(lines) if line not in known]


def _mutated(lines: Sequence[str], places: Sequence[int], chance: Random) -> list[str]:
    """``lines`` with one of those at ``places`` gone, doubled, broken off, or in other words."""
    if not places:
        return [*lines, "value = None\n"]
    at = chance.choice(places)
    line = lines[at]
    indent = line[: len(line) - len(line.lstrip())].strip("\n")
    words = line.split()
    match drawn(MUTATIONS, chance):
        case "gone":
            others = []
        case "doubled":
            others = [line, line]
        case "broken off":
            others = [indent + " ".join(words[: chance.randrange(len(words) + 1)]) + "\n"]
        case _:
            place = chance.randrange(len(words) + 1)
            words[place : place + 1] = [f"{chance.choice(NOUNS)}_{chance.randrange(100)}"]
            others = [indent + " ".join(words) + "\n"]
    return [*lines[:at], *others, *lines[at + 1 :]]


def drawn(kinds: dict[str, float], chance: Random) -> str:
    """One of ``kinds``, by their shares."""
    return chance.choices(list(kinds), list(kinds.values()))[0]


def answered(example: Example, chance: Random, num_predictions: int = 1) -> Example:
    """``example`` with predictions, as ``predict`` or ``distill`` writes them."""
    change = change_of(example)
    predictions = tuple(_prediction(change, chance) for _each in range(num_predictions))
    return example.model_copy(update={"predictions": predictions})


def _prediction(change: Change, chance: Random) -> Prediction:
    kind = drawn(KINDS, chance)
    facts = {"provider": "student", "source": {"model": "generated", "kind": kind}}
    if kind == "unreadable":
        return Prediction(**facts, actual_output="I would", reason="markers_missing", num_tokens=3)
    text = answer(change, kind, chance)
    patch = patch_of_region(change.given, change.region, text)
    reason = "no_change" if kind == "silent" else None
    return Prediction(
        **facts,
        actual_patch=patch,
        actual_output=text,
        reason=reason,
        num_tokens=len(text) // 3,
        seconds=0.25,
    )


def settled(example: Example, chance: Random, num_samples: int) -> Example:
    """``example`` as a region that came to rest, after the right edit and more, with samples."""
    change = change_of(example)
    texts = (answer(change, drawn(SAMPLE_KINDS, chance), chance) for _ in range(num_samples))
    region = Settled(
        region_start=change.region.start,
        region_end=change.region.end,
        text=_rested(change, chance),
        seconds_to_settle=12.5,
    )
    spec = example.spec.model_copy(update={"expected_patches": ()})
    samples = tuple(Sample(text=text) for text in texts)
    return example.model_copy(update={"spec": spec, "settled": region, "samples": samples})


def _rested(change: Change, chance: Random) -> str:
    """The region after the edit and what nobody could foresee."""
    least, most = UNFORESEEN[drawn(ZONES, chance)]
    fresh = _fresh(change.new, change.old)
    edit_size = max(MIN_EDIT_CHARS, sum(len(change.new[at]) for at in fresh))
    missing = edit_size * chance.uniform(least, most)
    place = fresh[-1] + 1 if fresh else len(change.new) // 2
    words = "".join(change.new).split() or ["value"]
    added: list[str] = []
    while missing > 0:
        added.append("    " + " ".join(chance.choices(words, k=5)) + "\n")
        missing -= len(added[-1])
    return "".join([*change.new[:place], *added, *change.new[place:]])
