"""Does a prediction take back what the user has just done?

Not the last edit alone counts, but the last ones together: typing is many small edits.
"""

from prompt_format import EditEvent, PromptInput
from prompt_format.lines import split_lines
from prompt_format.udiff import write_udiff
from quality import Reversal, reversal
from quality.common_subsequence import common_ends
from training.checks.change import Change
from training.checks.config import CheckConfig
from training.examples import Finding

UNDOES = "undoes_recent_edits"
REVERTS = "reverts"
_PATH = "file"


def undoes_recent_edits(change: Change, config: CheckConfig) -> Finding | None:
    """The largest reversal ratio against the last edit, the last two, and so on."""
    ratio, num_events = 0.0, 0
    for number, before in enumerate(change.state.earlier_texts, start=1):
        found = _reversal(before, change.old, change.new)
        if found.reversed_chars >= config.min_undone_chars and found.ratio > ratio:
            ratio, num_events = found.ratio, number
    if ratio <= config.max_reversal_ratio:
        return None
    return Finding(
        check=UNDOES,
        value=round(ratio, 4),
        message=(
            f"{ratio:.0%} of the characters it changes take back what the programmer did in their"
            f" last {_edits(num_events)}; it may only stand if it completes what they are doing."
        ),
    )


def reverts(change: Change, config: CheckConfig) -> Finding | None:
    """How many of the last edits are undone, if the file becomes just what it was before them."""
    for number, before in enumerate(change.state.earlier_texts, start=1):
        if before == change.new:
            message = f"It restores the file exactly as it was before the last {_edits(number)}."
            return Finding(check=REVERTS, value=float(number), message=message)
    return None


def _reversal(before: str, old: str, new: str) -> Reversal:
    """Of all edits from ``before`` to ``old``, as if they were one event."""
    if _only_adds(before, old) and _only_adds(old, new):
        return Reversal(0, 0)
    before, old, new = _without_common_ends(before, old, new)
    event = EditEvent(path=_PATH, diff=write_udiff(_PATH, before, old, 0))
    given = PromptInput(
        cursor_path=_PATH,
        cursor_excerpt=old,
        cursor_offset_in_excerpt=0,
        excerpt_start_row=0,
        events=(event,),
    )
    return reversal(given, new)


def _only_adds(before: str, after: str) -> bool:
    """Whether text was put in at one place: two such edits undo nothing of each other."""
    return sum(common_ends(before, after)) == len(before)


def _without_common_ends(*texts: str) -> tuple[str, ...]:
    """The lines of the texts less those that all begin or all end with, one of each kept.

    Comparing whole files to find a few changed lines is most of the work otherwise.
    """
    all_lines = [split_lines(text) for text in texts]
    one = all_lines[0]
    ends = [common_ends(one, other) for other in all_lines[1:]]
    first = max(0, min(prefix for prefix, _suffix in ends) - 1)
    last = max(0, min(suffix for _prefix, suffix in ends) - 1)
    return tuple("".join(lines[first : len(lines) - last]) for lines in all_lines)


def _edits(number: int) -> str:
    return "edit" if number == 1 else f"{number} edits"
