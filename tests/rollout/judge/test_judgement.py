"""Promote, hold or roll back, with the reason in words."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from rollout.judge.effects import Scale
from rollout.judge.guardrails import DEFAULT_GUARDRAILS, Guardrail, Standing
from rollout.judge.judgement import Decision, Demands, Evidence, judge
from rollout.judge.metrics import Metric
from rollout.judge.moments import Moments

DAY = 86_400.0
DEMANDS = Demands((Guardrail(Metric.KEPT_RATE, 0.02), Guardrail(Metric.SLOW_RATE, 0.02)))
FEW = replace(DEMANDS, min_users=2)


def arm(num_users: int, kept: float, slow: float, seed: int) -> dict[Metric, Moments]:
    random = np.random.default_rng(seed)

    def moments(rate: float) -> Moments:
        n = 1 + random.poisson(50, num_users)
        counted = [random.binomial(n, rate), n, n * 0, n * 0]
        return Moments.of(np.stack(counted, axis=1).astype(float))

    return {Metric.KEPT_RATE: moments(kept), Metric.SLOW_RATE: moments(slow)}


def evidence(
    num_users: int = 4000, kept: float = 0.3, slow: float = 0.08, days: float = 2.0
) -> Evidence:
    return Evidence(
        control=arm(num_users, 0.3, 0.08, seed=1),
        treatment=arm(num_users, kept, slow, seed=2),
        num_users=(num_users, num_users),
        stage_seconds=days * DAY,
    )


def test_safe_in_everything_is_promoted() -> None:
    judgement = judge(evidence(), DEMANDS)
    assert judgement.decision is Decision.PROMOTE
    assert [each.standing for each in judgement.findings] == [Standing.SAFE, Standing.SAFE]
    assert judgement.missing_users == 0
    assert judgement.reasons[0].startswith("kept rate is safe: 29.")


@pytest.mark.parametrize(
    ("worse", "words"),
    [
        (evidence(kept=0.27), "kept rate is worse: 2"),
        (evidence(slow=0.10), "share of slow answers is worse"),
    ],
)
def test_worse_in_anything_is_rolled_back(worse: Evidence, words: str) -> None:
    judgement = judge(worse, DEMANDS)
    assert judgement.decision is Decision.ROLL_BACK
    assert judgement.reasons[0].startswith(words)
    assert "at best" in judgement.reasons[0]


def test_too_few_users_to_be_sure_hold_and_say_how_many_are_missing() -> None:
    judgement = judge(evidence(num_users=150), FEW)
    assert judgement.decision is Decision.HOLD
    assert judgement.missing_users is not None and judgement.missing_users > 10
    more = f"about {judgement.missing_users:,} more users in each arm"
    assert any(more in reason for reason in judgement.reasons)
    enough = judge(evidence(num_users=150 + 2 * judgement.missing_users), FEW)
    assert enough.decision is Decision.PROMOTE


def test_worse_than_the_margin_no_number_of_users_would_do() -> None:
    judgement = judge(evidence(num_users=60, kept=0.27), FEW)
    assert judgement.decision is Decision.HOLD
    assert judgement.missing_users is None
    assert "no number of users would do" in judgement.reasons[0]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"stage_seconds": 0.23 * DAY}, "the stage lasts for another 18.0 hours"),
        ({"hours_heard": 3}, "users were seen in 3 hours of the stage, 4.0 are needed"),
        ({"elsewhere": (0.0, 0.12)}, "asked for 12% of what users of the treatment wanted"),
        ({"num_users": (4000, 4900)}, "cannot be chance"),
        ({"num_users": (120, 130)}, "80 more users are needed in an arm"),
        ({"num_in_several": 3}, "3 users were in more than one arm"),
        ({"silent_seconds": 30 * 3600.0}, "nobody was served for 30 hours"),
    ],
)
def test_held_for_other_reasons(changes: dict[str, Any], words: str) -> None:
    judgement = judge(replace(evidence(), **changes), DEMANDS)
    assert judgement.decision is Decision.HOLD
    assert any(words in reason for reason in judgement.reasons)


@pytest.mark.parametrize(("hours", "heard"), [(24.0, 4), (3.0, 2), (0.5, 1), (0.0, 0)])
def test_a_short_stage_need_not_be_watched_for_long(hours: float, heard: int) -> None:
    demands = replace(DEMANDS, min_stage_seconds=hours * 3600.0)
    assert judge(replace(evidence(), hours_heard=heard), demands).decision is Decision.PROMOTE


def test_a_stage_that_began_while_the_log_was_read_has_lasted_at_the_next_look() -> None:
    assert judge(evidence(days=0.985), DEMANDS).decision is Decision.PROMOTE


def test_what_harms_where_it_is_served_is_rolled_back_though_others_serve_it_not() -> None:
    worse = replace(evidence(kept=0.2), elsewhere=(0.0, 0.5))
    assert judge(worse, DEMANDS).decision is Decision.ROLL_BACK


def test_what_cannot_be_believed_rolls_nothing_back() -> None:
    worse = replace(evidence(kept=0.2), num_users=(4000, 4900))
    assert judge(worse, DEMANDS).decision is Decision.HOLD
    assert judge(evidence(kept=0.2), DEMANDS).decision is Decision.ROLL_BACK


def test_nothing_measured_is_no_evidence() -> None:
    judgement = judge(replace(evidence(), treatment={}), DEMANDS)
    assert judgement.decision is Decision.HOLD
    assert judgement.reasons[0] == "kept rate: too little was measured yet, or of too few users"


def test_a_guardrail_that_is_not_required_can_only_roll_back() -> None:
    lax = replace(FEW, guardrails=[replace(each, required=False) for each in DEMANDS.guardrails])
    assert judge(evidence(num_users=150), lax).decision is Decision.PROMOTE
    assert judge(evidence(kept=0.25), lax).decision is Decision.ROLL_BACK


def test_more_treatments_need_stronger_evidence_of_harm() -> None:
    one = judge(evidence(num_users=1500, kept=0.288), DEMANDS).findings[0]
    of_many = judge(evidence(num_users=1500, kept=0.288), replace(DEMANDS, num_treatments=8))
    assert of_many.findings[0].upper > one.upper
    assert of_many.findings[0].lower == one.lower


def test_a_relative_margin_is_a_share_of_the_control() -> None:
    guardrail = Guardrail(Metric.KEPT_RATE, 0.2, Scale.RELATIVE)
    judgement = judge(evidence(kept=0.28), Demands((guardrail,)))
    assert judgement.decision in (Decision.PROMOTE, Decision.ROLL_BACK)
    assert "%" in judgement.reasons[0]


def test_every_metric_has_a_guardrail_by_default() -> None:
    assert {each.metric for each in DEFAULT_GUARDRAILS} == set(Metric)
