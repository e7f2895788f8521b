"""Token changes: how many tokens of code a patch inserts and deletes.

A metric of Zed's pipeline, of how much a user has to read. For each run of changed lines, with the
units of ``prompt_format.code_tokens`` and the longest common subsequence of both sides:

    inserted = units of the added lines - LCS      deleted = units of the deleted lines - LCS
"""

from dataclasses import dataclass

from rapidfuzz.distance import LCSseq

from prompt_format.code_tokens import tokenize
from prompt_format.cursor_region import CURSOR_MARKER
from quality.changed_runs import changed_runs


@dataclass(frozen=True, slots=True)
class TokenChanges:
    """Numbers of units; whitespace between words is one, as are newlines in a row."""

    inserted: int
    deleted: int

    @property
    def total(self) -> int:
        return self.inserted + self.deleted


def token_changes(patch: str) -> TokenChanges:
    """Sum over all runs. Raises ``InvalidPatch`` for what is no unified diff."""
    inserted = deleted = 0
    for run in changed_runs(patch):
        old, new = tokenize("".join(run.deleted)), tokenize(_without_cursor("".join(run.added)))
        common = LCSseq.similarity(old, new)
        inserted, deleted = inserted + len(new) - common, deleted + len(old) - common
    return TokenChanges(inserted, deleted)


def _without_cursor(text: str) -> str:
    return text.replace(CURSOR_MARKER, "")
