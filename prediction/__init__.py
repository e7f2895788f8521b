"""The steps of one prediction that serving and training share: whoever asks, they are the same.

    budget_for -> format.render -> request_for -> complete -> read_edit -> objection_to

Sessions, deadlines, metrics and samples belong to those who ask.
"""

from prediction.asking import budget_for, complete, request_for
from prediction.reading import NoEditReason, objection_to, read_edit

__all__ = [
    "NoEditReason",
    "budget_for",
    "complete",
    "objection_to",
    "read_edit",
    "request_for",
]
