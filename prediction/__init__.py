"""The steps of one prediction that serving and training share: whoever asks, they are the same.

    budget_for -> format.render -> request_for -> complete -> read_edit -> objection_to

Sessions, deadlines, metrics and samples belong to those who ask.
"""

from prediction.accepting import accepted, is_same_state
from prediction.asking import budget_for, complete, request_for
from prediction.places import typed_since
from prediction.reading import NoEditReason, objection_to, read_edit
from prediction.sources import draft_sources
from prediction.type_through import Rest, Standing, rest_of

__all__ = [
    "NoEditReason",
    "Rest",
    "Standing",
    "accepted",
    "budget_for",
    "complete",
    "draft_sources",
    "is_same_state",
    "objection_to",
    "read_edit",
    "request_for",
    "rest_of",
    "typed_since",
]
