"""Is a prediction what it has to be: in its region, complete, free of the prompt's own words?"""

from prompt_format.lines import split_lines, with_newline
from quality.markers import leaked_markers
from training.checks.change import Change
from training.checks.config import CheckConfig
from training.examples import Finding
from training.teacher.parsing import WORDS
from training.teacher.prompts import SHORTEST_FENCE, TAGS

LEAVES = "leaves_region"
LEAKED = "marker_leaked"
TRUNCATED = "truncated"
NO_CODE = (*TAGS, *WORDS, "`" * SHORTEST_FENCE)


def leaves_region(change: Change, config: CheckConfig) -> Finding | None:
    """How many bytes the change reaches beyond the editable region."""
    if change.new_region is not None:
        return None
    first = min((edit.start for edit in change.edits), default=0)
    last = max((edit.end for edit in change.edits), default=0)
    beyond = max(0, change.editable.start - first) + max(0, last - change.editable.end)
    message = "It changes text outside of the editable region."
    return Finding(check=LEAVES, value=float(max(1, beyond)), message=message)


def marker_leaked(change: Change, config: CheckConfig) -> Finding | None:
    """How many markers, sentinels or fences stand in the code that did not before."""
    leaked = leaked_markers(change.old, change.new, NO_CODE)
    if not leaked:
        return None
    message = "The code holds tags, fences or words of this conversation that are no code."
    return Finding(check=LEAKED, value=float(len(leaked)), message=message)


def truncated(change: Change, config: CheckConfig) -> Finding | None:
    """How many filled lines are lost after a last line that breaks off where an old one went on."""
    if change.new_region is None:
        return None
    old_lines = split_lines(with_newline(change.region))
    new_lines = split_lines(change.new_region.rstrip("\n"))
    if not new_lines or not new_lines[-1].strip():
        return None
    last = new_lines[-1]
    for row, line in enumerate(old_lines):
        if line.startswith(last) and line.rstrip("\n") != last:
            num_lost = sum(1 for lost in old_lines[row + 1 :] if lost.strip())
            if num_lost and len(new_lines) <= row + 1 and last not in old_lines:
                message = f"It breaks off within a line; {num_lost} lines after it are lost."
                return Finding(check=TRUNCATED, value=float(num_lost), message=message)
    return None
