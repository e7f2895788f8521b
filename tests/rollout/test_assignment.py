"""Who is served which arm: uniform, sticky, nested, never crossing, and the same everywhere."""

import hashlib
import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollout import (
    Arm,
    ArmChanges,
    Assigner,
    Plan,
    RolloutConfig,
    UnknownExperiment,
    plan_of,
    stable_arm,
)
from rollout.assignment import place_of
from rollout.experiments import transitions
from rollout.experiments.document import RolloutDocument
from rollout.experiments.state import RolloutState

CONFIG = RolloutConfig(prompt_format="zeta1", max_prompt_tokens=300, temperature=0.5)
BASE = stable_arm(CONFIG)
NOW = datetime(2026, 11, 30, tzinfo=UTC)
UNITS = [f"user-{number}" for number in range(20_000)]


def running(stage: int = 0, **changes: Any) -> RolloutState:
    """An experiment at a stage."""
    treatments = [{"key": "treatment", "changes": {"prompt_format": "completion"}}]
    spec = {"key": "formats", "salt": "formats-1", "treatments": treatments} | changes
    document = RolloutDocument.model_validate({"version": 1, "experiments": [spec]})
    state = transitions.start(transitions.apply(RolloutState(), document), "formats", NOW)
    for _each in range(stage):
        state = transitions.promote(state, "formats", NOW)
    return state


def arms(state: RolloutState, base: Arm = BASE) -> dict[str, str]:
    """The arm of each unit that is measured."""
    plan = plan_of(base, state)
    given = ((unit, plan.assign(unit)) for unit in UNITS)
    return {unit: each.arm.key for unit, each in given if each.is_measured}


def of_arm(assigned: dict[str, str], key: str) -> set[str]:
    return {unit for unit, arm in assigned.items() if arm == key}


def test_everybody_gets_the_control_arm_as_configured() -> None:
    plan = plan_of(BASE)
    for unit in ("", "user-1", "user-2"):
        assignment = plan.assign(unit)
        assert (assignment.experiment, assignment.arm.key) == ("stable", "control")
        assert not assignment.is_measured
        assert assignment.arm.prompt_format == "zeta1"
        assert assignment.arm.max_prompt_tokens == 300
        assert assignment.arm.temperature == 0.5


def test_a_preference_can_only_pick_what_runs() -> None:
    plan = plan_of(BASE, running())
    assert plan.assign("user-1", "stable") == plan.assign("user-1")
    wanted = plan.assign("user-1", "formats")
    assert (wanted.arm.key, wanted.is_measured) == ("treatment", False)
    with pytest.raises(UnknownExperiment, match="running: formats, stable"):
        plan.assign("user-1", "secret-name")


def test_a_treatment_serves_what_it_changes_and_all_else_as_everybody() -> None:
    plan = plan_of(BASE, running())
    treated = next(iter(of_arm(arms(running()), "treatment")))
    arm = plan.assign(treated).arm
    assert (arm.prompt_format, arm.max_prompt_tokens, arm.temperature) == ("completion", 300, 0.5)


def test_a_release_is_asked_as_it_was_trained_unless_the_document_says_otherwise() -> None:
    def trained(release: str) -> ArmChanges:
        return ArmChanges(prompt_format=f"of-{release}", max_output_tokens=99)

    changes = {"release": "student-2", "max_output_tokens": 12}
    state = running(1, treatments=[{"key": "treatment", "changes": changes}], holdout=0.05)
    plan = plan_of(BASE, state, trained)
    arm = plan.assign("anybody", "formats").arm
    assert (arm.release, arm.prompt_format, arm.max_output_tokens) == (
        "student-2",
        "of-student-2",
        12,
    )
    assert arm.max_prompt_tokens == 300
    promoted = plan_of(BASE, transitions.promote(state, "formats", NOW), trained)
    assert promoted.stable.arm.prompt_format == "of-student-2"
    held = next(each for each in map(promoted.assign, UNITS) if each.arm.key == "holdout")
    assert (held.arm.release, held.arm.prompt_format) == ("", "zeta1")


CHANGES = st.builds(
    ArmChanges,
    release=st.sampled_from([None, "student-2", "student-3"]),
    prompt_format=st.sampled_from([None, "zeta1", "sweep"]),
    max_output_tokens=st.sampled_from([None, 12, 64]),
    temperature=st.sampled_from([None, 0.0, 0.7]),
    history_events=st.sampled_from([None, 0, 4]),
)


@given(first=CHANGES, second=CHANGES)
def test_what_is_promoted_is_what_was_tried(first: ArmChanges, second: ArmChanges) -> None:
    """Whatever was promoted before it."""

    def trained(release: str) -> ArmChanges:
        return ArmChanges(
            prompt_format=f"of-{release}",
            max_prompt_tokens=700,
            max_output_tokens=99,
            temperature=0.3,
            typed_line=False,
        )

    state = RolloutState()
    for number in range(2):
        specs = [
            {
                "key": f"e{each}",
                "salt": f"e{each}",
                "stages": [0.5, 1.0],
                "treatments": [{"key": "treatment", "changes": changes.as_fields()}],
            }
            for each, changes in enumerate((first, second)[: number + 1])
        ]
        fields = {"version": number + 1, "experiments": specs}
        state = transitions.apply(state, RolloutDocument.model_validate(fields))
        state = transitions.start(state, f"e{number}", NOW)
        tried = plan_of(BASE, state, trained).assign("anybody", f"e{number}").arm
        state = transitions.promote(state, f"e{number}", NOW)
        assert plan_of(BASE, state, trained).stable.arm == replace(tried, key="control")


def test_shares_are_those_of_the_stage_and_arms_are_as_large_as_each_other() -> None:
    for stage, share in enumerate((0.15, 0.20)):
        counts = Counter(arms(running(stage)).values())
        for arm in ("treatment", "control"):
            assert abs(counts[arm] / len(UNITS) - share) < 0.01


def test_a_stage_that_grows_keeps_everybody_where_they_are() -> None:
    narrow, wide = arms(running(0)), arms(running(1))
    assert of_arm(narrow, "treatment") < of_arm(wide, "treatment")
    assert of_arm(narrow, "control") < of_arm(wide, "control")
    assert not of_arm(wide, "treatment") & of_arm(narrow, "control")
    everybody = plan_of(BASE, running(2))
    assert all(everybody.assign(unit).arm.prompt_format == "completion" for unit in UNITS)


@given(unit=st.text(min_size=1), stages=st.lists(st.floats(0.01, 0.5), min_size=2, unique=True))
def test_nobody_ever_crosses(unit: str, stages: list[float]) -> None:
    ladder = [*sorted(stages), 1.0]
    seen = set()
    for stage in range(len(stages)):
        assignment = plan_of(BASE, running(stage, stages=ladder)).assign(unit)
        if assignment.is_measured:
            seen.add(assignment.arm.key)
        assert len(seen) == (1 if assignment.is_measured else 0)


def test_places_are_uniform_and_those_of_two_salts_independent() -> None:
    cells: Counter[tuple[int, int]] = Counter()
    for unit in UNITS:
        cells[int(place_of("one", unit) * 10), int(place_of("other", unit) * 10)] += 1
    expected = len(UNITS) / 100
    chi_square = sum(
        (cells[row, column] - expected) ** 2 / expected for row in range(10) for column in range(10)
    )
    assert chi_square < 149  # of 99 degrees of freedom: one in a thousand


def test_places_are_a_published_hash() -> None:
    digest = hashlib.sha256(b"salt\0user-1").digest()
    assert place_of("salt", "user-1") == int.from_bytes(digest[:8], "big") / 2**64


def test_another_process_assigns_alike() -> None:
    state = running()
    program = (
        "import sys, json\n"
        "from rollout import RolloutConfig, plan_of, stable_arm\n"
        "from rollout.experiments.state import RolloutState\n"
        "state = RolloutState.model_validate_json(sys.stdin.readline())\n"
        "plan = plan_of(stable_arm(RolloutConfig()), state)\n"
        "given = [plan.assign(f'user-{n}') for n in range(2000)]\n"
        "print(json.dumps([[each.experiment, each.arm.key] for each in given]))\n"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(
        command, input=state.model_dump_json(), capture_output=True, text=True, check=True
    )
    plan = plan_of(BASE, state)
    here = [plan.assign(f"user-{number}") for number in range(2000)]
    assert json.loads(done.stdout) == [[each.experiment, each.arm.key] for each in here]


def test_users_come_when_an_arm_is_ready_and_stay_when_it_fails() -> None:
    ready: set[str] = set()
    assigner = Assigner(plan_of(BASE))

    def is_ready(arm: Arm) -> bool:
        return not arm.release or arm.release in ready

    state = running(treatments=[{"key": "treatment", "changes": {"release": "student-2"}}])
    plan = plan_of(BASE, state)
    assigner.want(plan, is_ready)
    assert {assigner.assign(unit).experiment for unit in UNITS[:50]} == {"stable"}
    ready.add("student-2")
    assigner.refresh(is_ready)
    assert assigner.plan is plan
    ready.clear()
    wider = plan_of(BASE, transitions.hold(state, "formats"))
    assigner.want(wider, is_ready)
    assert assigner.plan is wider
    assigner.want(plan_of(BASE, transitions.roll_back(state, "formats", NOW)), is_ready)
    assert {assigner.assign(unit).experiment for unit in UNITS[:50]} == {"stable"}
    assigner.want(plan, is_ready)
    assert {assigner.assign(unit).experiment for unit in UNITS[:50]} == {"stable"}


def test_what_everybody_is_served_counts_for_nobody_before_it_is_ready() -> None:
    """A server that starts anew after a promotion, and has still to load what was promoted."""
    ready: set[str] = set()
    assigner = Assigner(plan_of(BASE))

    def is_ready(arm: Arm) -> bool:
        return not arm.release or arm.release in ready

    changes = {"release": "student-2"}
    state = running(2, treatments=[{"key": "treatment", "changes": changes}], holdout=0.05)
    plan = plan_of(BASE, state)
    for _each in range(2):
        assigner.want(plan, is_ready)
        assert (assigner.plan.stable.salt, assigner.plan.stable.arm.release) == ("", "student-2")
        assigner.refresh(is_ready)
    ready.add("student-2")
    assigner.refresh(is_ready)
    assert assigner.plan is plan and plan.stable.salt == "formats-1"


def test_no_experiment_whose_control_was_never_ready() -> None:
    def is_ready(arm: Arm) -> bool:
        return arm.release != "student-2"

    promoted = running(2, treatments=[{"key": "treatment", "changes": {"release": "student-2"}}])
    assert promoted.document is not None
    more = {"key": "more", "salt": "more-1", "stages": [0.5, 1.0]}
    treated = {"treatments": [{"key": "treatment", "changes": {"release": "student-3"}}]}
    first = promoted.document.model_dump(mode="json")["experiments"]
    fields = {"version": 2, "experiments": [*first, more | treated]}
    state = transitions.apply(promoted, RolloutDocument.model_validate(fields))
    plan = plan_of(BASE, transitions.start(state, "more", NOW))
    assigner = Assigner(plan_of(BASE))
    assigner.want(plan, is_ready)
    assigner.refresh(is_ready)
    assert {assigner.assign(unit).experiment for unit in UNITS[:50]} == {"stable"}


def test_several_treatments_have_ranges_of_their_own() -> None:
    treatments: Any = [{"key": key, "changes": {}} for key in ("one", "two")]
    narrow = arms(running(0, treatments=treatments, stages=[0.1, 0.2, 1.0]))
    wide = arms(running(1, treatments=treatments, stages=[0.1, 0.2, 1.0]))
    for key in ("one", "two", "control"):
        assert of_arm(narrow, key) < of_arm(wide, key)
        assert abs(len(of_arm(wide, key)) / len(UNITS) - 0.2) < 0.01


def test_a_treatment_that_lost_serves_nobody_while_another_goes_on() -> None:
    treatments: Any = [{"key": key, "changes": {}} for key in ("one", "two")]
    state = transitions.roll_back(running(0, treatments=treatments), "formats", NOW, "one")
    assert set(arms(state).values()) == {"two", "control"}
    assert arms(transitions.roll_back(state, "formats", NOW)) == {}


def test_a_holdout_goes_on_as_before() -> None:
    plan = plan_of(BASE, running(2, holdout=0.05))
    held = {unit for unit in UNITS if plan.assign(unit).arm.key == "holdout"}
    assert abs(len(held) / len(UNITS) - 0.05) < 0.01
    assert held < of_arm(arms(running(0, holdout=0.05)), "control")
    assert {plan.assign(unit).arm.prompt_format for unit in held} == {"zeta1"}
    everybody = plan.assign(next(unit for unit in UNITS if unit not in held))
    assert (everybody.is_measured, everybody.salt) == (False, "formats-1")


def test_who_asks_for_what_was_promoted_gets_what_everybody_has() -> None:
    plan = plan_of(BASE, running(2, holdout=0.05))
    held = next(unit for unit in UNITS if plan.assign(unit).arm.key == "holdout")
    for unit in (held, "", "anybody"):
        wanted = plan.assign(unit, "formats")
        assert (wanted.experiment, wanted.arm) == ("stable", plan.stable.arm)
        assert (wanted.is_measured, wanted.salt) == (False, "")
    assert plan.stable.arm.prompt_format == "completion"


def test_nobody_is_in_two_experiments_of_a_layer() -> None:
    def spec(key: str, start: float, end: float) -> dict[str, Any]:
        return {
            "key": key,
            "salt": key,
            "layer_share": [start, end],
            "stages": [0.4, 1.0],
            "treatments": [{"key": "treatment", "changes": {}}],
        }

    experiments = [spec("one", 0.0, 0.3), spec("other", 0.3, 1.0)]
    document = RolloutDocument.model_validate({"version": 1, "experiments": experiments})
    state = transitions.apply(RolloutState(), document)
    for key in ("one", "other"):
        state = transitions.start(state, key, NOW)
    plan = plan_of(BASE, state)
    counts = Counter(plan.assign(unit).experiment for unit in UNITS)
    assert abs(counts["one"] / len(UNITS) - 0.3 * 0.8) < 0.01
    assert abs(counts["other"] / len(UNITS) - 0.7 * 0.8) < 0.01


def test_an_override_gives_an_arm_and_counts_for_nothing() -> None:
    outside = next(unit for unit in UNITS if unit not in arms(running()))
    document = RolloutDocument.model_validate(
        {
            "version": 1,
            "experiments": [
                {"key": "formats", "salt": "formats-1", "treatments": [TREATMENT]},
            ],
            "overrides": [{"unit": outside, "experiment": "formats", "arm": "treatment"}],
        }
    )
    state = transitions.apply(RolloutState(), document)
    assert plan_of(BASE, state).assign(outside).experiment == "stable"
    assignment = _plan(transitions.start(state, "formats", NOW)).assign(outside)
    assert (assignment.arm.key, assignment.is_measured) == ("treatment", False)


TREATMENT = {"key": "treatment", "changes": {"prompt_format": "completion"}}


def _plan(state: RolloutState) -> Plan:
    return plan_of(BASE, state)
