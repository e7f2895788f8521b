"""All heuristics, in the order in which their findings are listed."""

from collections.abc import Callable, Iterator

from prompt_format import InvalidPatch
from training.checks.change import Change, State, change_of
from training.checks.config import CheckConfig
from training.checks.form import LEAKED, LEAVES, TRUNCATED, leaves_region, marker_leaked, truncated
from training.checks.size import (
    MASS_DELETION,
    REPEATS,
    TOO_LARGE,
    WHITESPACE,
    mass_deletion,
    repeats,
    too_large,
    whitespace_only,
)
from training.checks.syntax import SYNTAX, syntax_errors_added
from training.checks.undoing import REVERTS, UNDOES, reverts, undoes_recent_edits
from training.errors import MissingSection
from training.examples import CheckResult, Example, Finding, Prediction

UNREADABLE = "unreadable"
DOES_NOT_APPLY = "does_not_apply"

CHECKS: tuple[tuple[str, Callable[[Change, CheckConfig], Finding | None]], ...] = (
    (LEAVES, leaves_region),
    (LEAKED, marker_leaked),
    (TRUNCATED, truncated),
    (REVERTS, reverts),
    (UNDOES, undoes_recent_edits),
    (MASS_DELETION, mass_deletion),
    (REPEATS, repeats),
    (WHITESPACE, whitespace_only),
    (SYNTAX, syntax_errors_added),
    (TOO_LARGE, too_large),
)

CERTAIN = frozenset({UNREADABLE, DOES_NOT_APPLY, LEAVES, LEAKED, TRUNCATED})
"""Matters of form: no one's judgement, a teacher's neither, makes them right."""


def check_predictions(example: Example, config: CheckConfig) -> tuple[CheckResult, ...]:
    """All findings about every prediction. One that edits nothing has none. Raises ``RowError``."""
    if example.prompt_inputs is None:
        raise MissingSection("the example has no prompt_inputs; run synthesize or ingest first")
    state = State(example.prompt_inputs, example.language, config.history_events)
    return tuple(
        CheckResult(findings=tuple(_findings(state, prediction, config)))
        for prediction in example.predictions
    )


def _findings(state: State, prediction: Prediction, config: CheckConfig) -> Iterator[Finding]:
    patch = prediction.actual_patch
    if patch is None:
        reason = prediction.reason or "no_patch"
        name = TRUNCATED if reason == TRUNCATED else UNREADABLE
        message = f"No edit could be read out of it ({reason})."
        yield Finding(check=name, value=1.0, message=message)
        return
    try:
        change = change_of(state, prediction, patch, config)
    except InvalidPatch:
        yield Finding(check=DOES_NOT_APPLY, value=1.0, message="Its patch does not fit the file.")
        return
    if change.old == change.new:
        return
    for name, check in CHECKS:
        finding = None if name in config.skip else check(change, config)
        if finding is not None:
            yield finding
