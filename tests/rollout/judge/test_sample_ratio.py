"""Whether arms get the users that they should, asked after every day."""

import numpy as np
import pytest

from rollout.judge.sample_ratio import is_mismatch, log_evidence


def days_until_alarm(share: float, seed: int, num_days: int = 100, users: int = 200) -> int | None:
    random = np.random.default_rng(seed)
    counts = [0, 0]
    for day in range(num_days):
        treated = int(random.binomial(users, share))
        counts = [counts[0] + users - treated, counts[1] + treated]
        if is_mismatch(counts, (0.5, 0.5)):
            return day + 1
    return None


def test_no_alarm_where_there_is_nothing() -> None:
    assert [seed for seed in range(300) if days_until_alarm(0.5, seed)] == []


@pytest.mark.parametrize(("share", "num_users"), [(0.52, 20_000), (0.55, 5_000)])
def test_a_broken_split_is_found(share: float, num_users: int) -> None:
    days = [days_until_alarm(share, seed) or 100 for seed in range(40)]
    assert np.median(days) * 200 < num_users


def test_the_expected_shares_need_not_be_equal() -> None:
    assert not is_mismatch((8000, 2000), (0.8, 0.2))
    assert is_mismatch((7000, 3000), (0.8, 0.2))
    assert log_evidence((0, 0), (0.5, 0.5)) == pytest.approx(0.0)
