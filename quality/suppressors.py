"""Reasons not to show a prediction, each a named pure function of the candidate.

``SUPPRESSORS`` is the order in which they are asked, and the first that answers yes gives the
reason: those that others build on come first, then the cheap ones.
"""

from collections.abc import Callable
from enum import StrEnum

from quality.candidate import Candidate
from quality.judge_config import JudgeConfig
from quality.markers import leaked_markers
from quality.repetition import repeats_a_tail, repeats_lines
from quality.reversal import reversal


class SuppressReason(StrEnum):
    """Why a prediction is not shown. The same words stand in answers, metrics and logs."""

    EDIT_OUTSIDE_REGION = "edit_outside_region"
    """The edit leaves the editable region or splits a character."""

    NO_CHANGE = "no_change"
    """The new text is the old text."""

    TRUNCATED = "truncated"
    """The token limit cut the output, so the end of the region is missing."""

    MARKER_LEAKED = "marker_leaked"
    """The new text holds a marker of a prompt format, or a tokenizer's special token."""

    MASS_DELETION = "mass_deletion"
    """The edit deletes most of the region, or all of it, and puts little in its place."""

    REPETITION_LOOP = "repetition_loop"
    """The model repeated itself: the same lines, or the same few characters, over and over."""

    REVERTS_LAST_EDIT = "reverts_last_edit"
    """The edit undoes what the user just did."""


Suppressor = Callable[[Candidate, JudgeConfig], bool]


def edit_outside_region(candidate: Candidate, config: JudgeConfig) -> bool:
    """All later suppressors read the text that the edit replaces, so this one is asked first."""
    return not candidate.is_in_region


def no_change(candidate: Candidate, config: JudgeConfig) -> bool:
    return candidate.edit.new_text == candidate.old_text


def truncated(candidate: Candidate, config: JudgeConfig) -> bool:
    return candidate.truncated


def marker_leaked(candidate: Candidate, config: JudgeConfig) -> bool:
    tokens = candidate.rendered.special_tokens
    return bool(leaked_markers(candidate.old_text, candidate.edit.new_text, tokens))


def mass_deletion(candidate: Candidate, config: JudgeConfig) -> bool:
    """Only the numbers of lines count: to rewrite or to indent a block deletes nothing."""
    num_old = _num_filled_lines(candidate.old_text)
    num_new = _num_filled_lines(candidate.edit.new_text)
    if num_new == 0:
        return num_old >= config.emptied_region_lines
    net_removed = num_old - num_new
    if net_removed < config.mass_deletion_lines:
        return False
    return net_removed > config.mass_deletion_rate * num_old


def repetition_loop(candidate: Candidate, config: JudgeConfig) -> bool:
    old_text, new_text = candidate.old_text, candidate.edit.new_text
    return repeats_lines(
        candidate.text_before,
        old_text,
        new_text,
        count=config.repetition_count,
        longest_block=config.repetition_block_lines,
    ) or repeats_a_tail(old_text, new_text, tail_chars=config.repetition_tail_chars)


def reverts_last_edit(candidate: Candidate, config: JudgeConfig) -> bool:
    ratio = reversal(candidate.prompt_input, candidate.predicted_excerpt).ratio
    return ratio > config.max_reversal_ratio


def _num_filled_lines(text: str) -> int:
    return sum(not line.isspace() for line in text.split("\n") if line)


SUPPRESSORS: tuple[tuple[SuppressReason, Suppressor], ...] = (
    (SuppressReason.EDIT_OUTSIDE_REGION, edit_outside_region),
    (SuppressReason.NO_CHANGE, no_change),
    (SuppressReason.TRUNCATED, truncated),
    (SuppressReason.MARKER_LEAKED, marker_leaked),
    (SuppressReason.MASS_DELETION, mass_deletion),
    (SuppressReason.REPETITION_LOOP, repetition_loop),
    (SuppressReason.REVERTS_LAST_EDIT, reverts_last_edit),
)
"""In the order they are asked."""
