"""The figures of one run, out of what became of every key."""

from collections import Counter
from collections.abc import Sequence
from math import inf
from typing import Any

from benchmarks.replay.keystroke import CLOSED, Keystroke
from benchmarks.replay.protocols.base import EDIT, SUPERSEDED
from benchmarks.replay.replaying import Replay
from benchmarks.replay.waiting import Wait, waiting_curve, waiting_percentile
from benchmarks.running import milliseconds

Figures = dict[str, Any]
RATIOS = (
    "answered_before_next_key",
    "model_steps_per_answer",
    "prefilled_tokens_per_answer",
    "server_cpu_ms_per_keystroke",
    "server_cpu_ms_per_answer",
    "keystrokes_saved",
)
SHARES = {"p50_ms": 0.5, "p90_ms": 0.9, "p99_ms": 0.99}


def figures_of(replay: Replay) -> Figures:
    """What a run shows about a server, and what the client itself took."""
    keys = replay.keys
    answered = [key for key in keys if is_answered(key)]
    superseded = [key for key in keys if key.outcome in (SUPERSEDED, CLOSED)]
    failed = Counter(key.outcome for key in keys if key.answer is None and key.outcome != CLOSED)
    in_time = [key for key in answered if key.gap is None or _seconds(key) < key.gap]
    return {
        "keystrokes": len(keys),
        "answered": len(answered),
        "superseded": len(superseded),
        "failed": dict(failed.most_common()),
        "latency": milliseconds([_seconds(key) for key in answered]),
        "latency_if_waited_for": waiting(keys),
        "answered_before_next_key": _share(len(in_time), len(keys)),
        **_costs(keys),
        **_value(replay),
        "client": _client(replay),
        "waiting_curve": curve(keys),
    }


def is_answered(key: Keystroke) -> bool:
    return key.answer is not None and key.outcome != SUPERSEDED


def _seconds(key: Keystroke) -> float:
    return inf if key.seconds is None else key.seconds


def waiting(keys: Sequence[Keystroke]) -> dict[str, float | None]:
    """Percentiles over all keys; a failure is an answer that never comes."""
    waits = [_wait(key) for key in keys]
    found = {name: waiting_percentile(waits, share) for name, share in SHARES.items()}
    return {name: None if s is None else round(s * 1000, 2) for name, s in found.items()}


def curve(keys: Sequence[Keystroke]) -> list[dict[str, float]]:
    """At most a hundred points of the waiting curve, for plots."""
    points = waiting_curve([_wait(key) for key in keys])
    every = max(1, len(points) // 100)
    return [{"ms": round(s * 1000, 1), "share": round(come, 3)} for s, come in points[::every]]


def _wait(key: Keystroke) -> Wait:
    if is_answered(key):
        return Wait(_seconds(key), is_over=True)
    is_superseded = key.outcome in (SUPERSEDED, CLOSED)
    return Wait(key.gap if is_superseded and key.gap is not None else inf, is_over=False)


def _costs(keys: Sequence[Keystroke]) -> Figures:
    """The model's work as the answers tell it; what superseded requests cost, they do not tell."""
    answers = [key.answer for key in keys if key.answer is not None and is_answered(key)]
    without = sum(answer.is_without_model for answer in answers)
    return {
        "sources": dict(Counter(answer.source for answer in answers).most_common()),
        "answered_without_model": _share(without, len(keys)),
        "model_steps_per_answer": _mean([a.num_steps for a in answers]),
        "prefilled_tokens_per_answer": _mean([a.num_prefilled for a in answers]),
        "generated_tokens": _total([answer.num_generated for answer in answers]),
        "tokens_seen_for_nothing": sum(key.num_wasted_tokens for key in keys),
    }


def _value(replay: Replay) -> Figures:
    keys = replay.keys
    return {
        "shown": sum(key.answer is not None and key.answer.outcome == EDIT for key in keys),
        "right": sum(key.is_right for key in keys),
        "accepted": sum(key.is_accepted for key in keys),
        "keys_without_predictions": replay.num_keys_without,
        "keystrokes_saved": _share(replay.num_keys_without - len(keys), replay.num_keys_without),
    }


def _client(replay: Replay) -> Figures:
    return {
        "wall_seconds": round(replay.wall_seconds, 1),
        "processor_share": _share(replay.client_seconds, replay.wall_seconds),
        "processor_ms_per_keystroke": _share(replay.client_seconds * 1000, len(replay.keys)),
        "lateness": milliseconds([key.lateness for key in replay.keys]),
    }


def ratios(figures: Figures, baseline: Figures) -> Figures:
    """Figures relative to a baseline of the same run; None where either lacks one."""
    names = ("latency", "latency_if_waited_for")
    pairs = {
        f"{name}.{p}": (figures[name].get(p), baseline[name].get(p))
        for name in names
        for p in SHARES
    }
    for name in RATIOS:
        pairs[name] = (figures.get(name), baseline.get(name))
    return {
        name: round(a / b, 3) if a is not None and b else None for name, (a, b) in pairs.items()
    }


def _share(part: float, whole: float) -> float | None:
    return round(part / whole, 3) if whole else None


def _total(values: Sequence[int | None]) -> int | None:
    """None where any is unknown."""
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def _mean(values: Sequence[int | None]) -> float | None:
    total = _total(values)
    return None if total is None or not values else round(total / len(values), 2)
