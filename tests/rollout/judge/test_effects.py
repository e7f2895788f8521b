"""How much better, and how sure: against what many repetitions show."""

import math

import numpy as np
import pytest

from rollout.judge.effects import Effect, Scale, effect_of
from rollout.judge.moments import Floats, Moments


def users(
    random: np.random.Generator, num_users: int, rate: float = 0.3, history: float = 1.0
) -> Floats:
    """Heavy-tailed volumes; each user has a rate of its own, which was 0.3 on average before."""
    volume = np.exp(1.0 * random.standard_normal(num_users))
    before = random.beta(3.0, 7.0, num_users)
    own = np.clip(before + rate - 0.3, 0.0, 1.0)
    n = 1 + random.poisson(20 * volume)
    n0 = random.poisson(20 * volume) * (random.random(num_users) < history)
    return np.stack([random.binomial(n, own), n, random.binomial(n0, before), n0], axis=1).astype(
        float
    )


def compared(seed: int, scale: Scale, history: float = 1.0, change: float = 0.0) -> Effect:
    random = np.random.default_rng(seed)
    control = Moments.of(users(random, 400, history=history))
    treatment = Moments.of(users(random, 400, 0.3 + change, history))
    effect = effect_of(control, treatment, scale)
    assert effect is not None
    return effect


@pytest.mark.parametrize("scale", list(Scale))
@pytest.mark.parametrize("history", [0.0, 0.6, 1.0])
def test_the_variance_is_that_of_many_repetitions(scale: Scale, history: float) -> None:
    effects = [compared(seed, scale, history) for seed in range(400)]
    seen = np.var([effect.change for effect in effects])
    said = np.mean([effect.variance for effect in effects])
    assert said == pytest.approx(seen, rel=0.2)
    spread = math.sqrt(seen / len(effects))
    assert abs(np.mean([effect.change for effect in effects])) < 4 * spread


def test_history_makes_it_surer_and_changes_nothing_else() -> None:
    without = [compared(seed, Scale.ABSOLUTE, 0.0, change=0.05) for seed in range(200)]
    with_it = [compared(seed, Scale.ABSOLUTE, 1.0, change=0.05) for seed in range(200)]
    assert np.mean([each.explained for each in with_it]) > 0.3
    assert all(each.explained == 0.0 for each in without)
    assert np.mean([e.variance for e in with_it]) < 0.7 * np.mean([e.variance for e in without])
    for effects in (without, with_it):
        assert np.mean([effect.change for effect in effects]) == pytest.approx(0.05, abs=0.006)


def test_predictions_of_a_user_are_not_independent() -> None:
    """The variance is several times what counting predictions as users would say."""
    effect = compared(1, Scale.ABSOLUTE, history=0.0)
    random = np.random.default_rng(1)
    total = users(random, 400)[:, 1].sum()
    assert effect.variance > 3 * 2 * 0.3 * 0.7 / total


def test_the_scales() -> None:
    random = np.random.default_rng(3)
    control, treatment = users(random, 300, history=0.0), users(random, 300, 0.36, history=0.0)
    one = effect_of(Moments.of(control), Moments.of(treatment), Scale.ABSOLUTE)
    other = effect_of(Moments.of(control), Moments.of(treatment), Scale.RELATIVE)
    assert one is not None and other is not None
    assert one.change == pytest.approx(one.treatment - one.control)
    assert other.change == pytest.approx(math.log(other.treatment / other.control))


def test_too_little_to_tell() -> None:
    some = Moments.of(np.array([[1.0, 2.0, 0.0, 0.0], [0.0, 2.0, 0.0, 0.0]]))
    nothing = Moments.of(np.zeros((5, 4)))
    never = Moments.of(np.array([[0.0, 9.0, 0.0, 0.0]] * 3))
    alone = Moments.of(np.array([[1.0, 2.0, 0.0, 0.0]]))
    for other in (Moments.none(), nothing, alone):
        assert effect_of(some, other, Scale.ABSOLUTE) is None
        assert effect_of(other, some, Scale.ABSOLUTE) is None
    assert effect_of(never, some, Scale.RELATIVE) is None


def test_one_who_types_more_than_all_others_is_no_evidence() -> None:
    many = np.array([[3.0, 10.0, 0.0, 0.0]] * 500)
    machine = np.array([[0.0, 10.0 * 1500, 0.0, 0.0]])
    odd, even = Moments.of(np.concatenate([many, machine])), Moments.of(many)
    assert effect_of(even, even, Scale.ABSOLUTE) is not None
    assert effect_of(even, odd, Scale.ABSOLUTE) is None
    assert effect_of(odd, even, Scale.ABSOLUTE) is None


def test_zero_of_a_thousand_is_not_zero_for_sure() -> None:
    never = Moments.of(np.array([[0.0, 10.0, 0.0, 0.0]] * 100))
    effect = effect_of(never, never, Scale.ABSOLUTE)
    assert effect is not None
    assert effect.change == 0.0
    assert effect.variance == pytest.approx(2 / 1000**2)
