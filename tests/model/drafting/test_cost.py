"""Drafts are as long as they are worth what checking them costs."""

import random

from model.drafting.cost import MeasuredCost, StepCost, best_length


def test_sure_tokens_are_drafted_and_doubtful_ones_only_where_checking_is_cheap() -> None:
    assert best_length([0.99] * 20, StepCost(per_token=0.003))[0] == 20
    doubtful = [0.1] + [0.9] * 20
    assert best_length(doubtful, StepCost(per_token=0.003))[0] > 0
    assert best_length(doubtful, StepCost(per_token=0.15))[0] == 0


def test_a_dear_first_token_needs_a_draft_that_carries_far() -> None:
    cost = StepCost(fixed=0.4, per_token=0.01)
    assert best_length([0.3, 0.5], cost)[0] == 0
    assert best_length([0.95] * 16, cost)[0] == 16


def test_a_longer_draft_has_to_be_surer() -> None:
    """Tokens that the next step would draft with the same ease save next to nothing."""
    length, _ = best_length([0.3] + [0.999] * 63, StepCost(per_token=0.05))
    assert 0 < length < 20


def test_the_cost_of_an_engine_is_learnt_from_its_steps() -> None:
    chance = random.Random(5)
    measured = MeasuredCost(StepCost(per_token=0.003))
    for _ in range(400):
        num_drafted = chance.choice((0, 4, 8, 16))
        noise = chance.uniform(0.9, 1.2) * (10 if chance.random() < 0.02 else 1)
        measured.note(num_drafted, 0.02 * (1 + 0.05 * num_drafted) * noise)
    assert 0.035 < measured.cost.per_token < 0.08


def test_without_plain_steps_the_assumption_stands() -> None:
    measured = MeasuredCost(StepCost(per_token=0.05))
    for _ in range(10):
        measured.note(8, 3.0)
    assert measured.cost.per_token == 0.05
