"""Who is served which arm."""

import pytest

from rollout import Assigner, RolloutConfig, UnknownExperiment, stable_experiment

CONFIG = RolloutConfig(prompt_format="zeta1", max_prompt_tokens=300, temperature=0.5)


def test_everybody_gets_the_control_arm_as_configured() -> None:
    assigner = Assigner(stable_experiment(CONFIG))
    for unit in ("", "user-1", "user-2"):
        assignment = assigner.assign(unit)
        assert (assignment.experiment, assignment.arm.key) == ("stable", "control")
        assert assignment.arm.prompt_format == "zeta1"
        assert assignment.arm.max_prompt_tokens == 300
        assert assignment.arm.temperature == 0.5


def test_a_preference_can_only_pick_what_runs() -> None:
    assigner = Assigner(stable_experiment(CONFIG))
    assert assigner.assign("user-1", "stable") == assigner.assign("user-1")
    with pytest.raises(UnknownExperiment, match="running: stable"):
        assigner.assign("user-1", "secret-name")
