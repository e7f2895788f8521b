"""What there is to serve: a document may only name what can be served."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from rollout.errors import InvalidDocument
from rollout.experiments.document import RolloutDocument


def _any_release(_name: str) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """``find_release`` says what is wrong with a release of that name; None if nothing is."""

    formats: Collection[str]
    find_release: Callable[[str], str | None] = _any_release

    def check(self, document: RolloutDocument) -> None:
        """Raises ``InvalidDocument``, which names every arm that could not be served."""
        problems = [
            f"{spec.key}.{treatment.key}: {problem}"
            for spec in document.experiments
            for treatment in spec.treatments
            for problem in self._problems(
                treatment.changes.prompt_format, treatment.changes.release
            )
        ]
        if problems:
            raise InvalidDocument("; ".join(problems))

    def _problems(self, prompt_format: str | None, release: str | None) -> list[str]:
        problems = []
        if prompt_format is not None and prompt_format not in self.formats:
            known = ", ".join(sorted(self.formats))
            problems.append(f"there is no prompt format {prompt_format}; known: {known}")
        problem = None if release is None else self.find_release(release)
        if problem:
            problems.append(problem)
        return problems
