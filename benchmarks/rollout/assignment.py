"""Who is served which arm, a million times: how long it takes, and whether it is fair.

Against a bare SHA-256 of the same bytes, in the same run.
"""

import hashlib
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from rollout import Plan, RolloutConfig, plan_of, stable_arm
from rollout.assignment import place_of
from rollout.experiments import transitions
from rollout.experiments.document import RolloutDocument
from rollout.experiments.state import RolloutState

CELLS = 20


def assign(num_units: int) -> dict[str, Any]:
    """Assign so many users at each of three stages."""
    units = [f"user-{number}" for number in range(num_units)]
    plans = [_plan(stage) for stage in range(3)]
    hashing = _microseconds(lambda unit: hashlib.sha256(f"salt\0{unit}".encode()).digest(), units)
    assigning = _microseconds(plans[0].assign, units)
    arms = [[plan.assign(unit) for unit in units] for plan in plans]
    narrow, wide = ([each.arm.key for each in found] for found in arms[:2])
    pairs = list(zip(narrow, wide, strict=True))
    shares = Counter(f"{each.experiment} {each.arm.key}" for each in arms[0] if each.is_measured)
    return {
        "units": num_units,
        "assign_us": assigning,
        "bare_sha256_us": hashing,
        "shares_at_15_percent": {key: n / num_units for key, n in shares.items()},
        "uniform_chi_square_of_19": _chi_square(Counter(_cell("one", unit) for unit in units)),
        "independent_chi_square_of_399": _chi_square(
            Counter((_cell("one", unit), _cell("other", unit)) for unit in units), CELLS**2
        ),
        "left_the_treatment_from_15_to_20": sum(
            was == "treatment" and then != "treatment" for was, then in pairs
        ),
        "crossed_from_15_to_20": sum(
            {was, then} == {"treatment", "control"}
            for (was, then), one, other in zip(pairs, arms[0], arms[1], strict=True)
            if one.is_measured and other.is_measured
        ),
        "not_served_the_treatment_at_100": sum(each.arm.temperature != 0.1 for each in arms[2]),
    }


def _plan(stage: int) -> Plan:
    treatment = {"key": "treatment", "changes": {"temperature": 0.1}}
    spec = {"key": "one", "salt": "one", "treatments": [treatment]}
    document = RolloutDocument.model_validate({"version": 1, "experiments": [spec]})
    now = datetime.now(UTC)
    state = transitions.start(transitions.apply(RolloutState(), document), "one", now)
    for _each in range(stage):
        state = transitions.promote(state, "one", now)
    return plan_of(stable_arm(RolloutConfig()), state)


def _microseconds(call: Callable[[str], object], units: list[str]) -> float:
    started = time.perf_counter()
    for unit in units:
        call(unit)
    return round((time.perf_counter() - started) / len(units) * 1e6, 3)


def _cell(salt: str, unit: str) -> int:
    return int(place_of(salt, unit) * CELLS)


def _chi_square(counts: Counter[object], num_cells: int = CELLS) -> float:
    expected = counts.total() / num_cells
    seen = sum((number - expected) ** 2 / expected for number in counts.values())
    return round(seen + expected * (num_cells - len(counts)), 1)
