"""What an engine's answers have shown so far; shared by all of its requests."""

from collections.abc import Collection

from model.drafting.cost import MeasuredCost, StepCost
from model.drafting.habits import Habits
from model.drafting.odds import Odds


class Experience:
    """Counts only, nothing of what was written. Not safe to use from several threads.

    ``end_tokens`` end an answer of the engine's model; ``cost`` is what checking drafts is assumed
    to cost it, until ``measured_cost`` has seen steps.
    """

    def __init__(self, end_tokens: Collection[int] = (), cost: StepCost | None = None) -> None:
        self.odds = Odds()
        self.habits = Habits(end_tokens)
        self.measured_cost = MeasuredCost(cost or StepCost())
