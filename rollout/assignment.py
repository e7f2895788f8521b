"""Who is served which arm: a pure function of the experiment and the unit."""

from rollout.arms import Assignment, Experiment
from rollout.errors import UnknownExperiment


class Assigner:
    """Assigns units to arms. ``preferred`` may only pick an experiment that runs."""

    def __init__(self, stable: Experiment) -> None:
        self._experiments = {stable.key: stable}
        self._stable = stable

    @property
    def experiments(self) -> tuple[Experiment, ...]:
        return tuple(self._experiments.values())

    def assign(self, unit: str, preferred: str | None = None) -> Assignment:
        """The arm of ``unit``: while nothing but the stable experiment runs, its control.

        Raises ``UnknownExperiment`` if ``preferred`` does not run.
        """
        experiment = self._stable
        if preferred is not None:
            if preferred not in self._experiments:
                known = ", ".join(sorted(self._experiments))
                raise UnknownExperiment(f"no such experiment is running; running: {known}")
            experiment = self._experiments[preferred]
        return Assignment(experiment=experiment.key, arm=experiment.arms[0])
