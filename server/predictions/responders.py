"""Who answers a request: the engine of its arm's release, and who stands in for it.

An arm whose engine cannot answer, or that refuses what everybody's arm takes, is answered for as
everybody is served. Nobody in an experiment sees an error that others do not see.
"""

from dataclasses import dataclass, replace

from model import Engine, Engines, PromptTooLong, UnencodableText
from prompt_format import SpecialTokenInInput
from rollout import Arm, Assigner, Assignment
from rollout.arms import CONTROL
from server.predictions.values import Ask

REFUSALS = (SpecialTokenInInput, PromptTooLong, UnencodableText)
"""What the format, the vocabulary or the limits of an arm do not take, and another one's may."""


@dataclass(frozen=True, slots=True)
class Responder:
    """An engine, and the arm by whose settings it is asked.

    ``assignment`` is the one of the request, but with the arm that answers. It tells, with the
    model's version, whether two answers are by the same.
    """

    assignment: Assignment
    engine: Engine
    is_fallback: bool

    @property
    def arm(self) -> Arm:
        return self.assignment.arm

    @property
    def is_everybodys(self) -> bool:
        """What it refuses is refused to everybody."""
        return self.arm.key == CONTROL

    @property
    def model_version(self) -> str:
        """Raises ``EngineUnavailable`` while the engine cannot tell."""
        return self.engine.info.version


class Responders:
    """``settings_arm`` is asked of the model of the start, which is always there."""

    def __init__(self, engines: Engines, assigner: Assigner, settings_arm: Arm) -> None:
        self._engines = engines
        self._assigner = assigner
        self._settings_arm = settings_arm

    def of(self, ask: Ask, assignment: Assignment) -> list[Responder]:
        """Those to be asked one after the other until one answers; never none.

        Where the first one stands in already, the arm's own engine is not ready. Several may have
        the same engine.
        """
        everybodys = (self._assigner.plan.stable.arm, self._settings_arm)
        arms = dict.fromkeys([assignment.arm, *map(ask.in_its_format, everybodys)])
        found = []
        for number, arm in enumerate(arms):
            engine = self._engines.of(arm.release)
            if engine is not None:
                by = replace(assignment, arm=arm)
                found.append(Responder(by, engine, is_fallback=number > 0))
        return found
