"""Writes an answer as an engine would, drafts checked and mismatches thrown away."""

from collections.abc import Sequence
from typing import Protocol, TypeAlias

Steps: TypeAlias = list[tuple[int, int]]
"""For each step, the number of drafted and of accepted tokens."""


class Proposer(Protocol):
    """Drafts for one answer."""

    def propose(self, limit: int) -> tuple[int, ...]: ...

    def observe(self, tokens: Sequence[int], num_drafted: int, num_accepted: int) -> None: ...


def steps_of(proposer: Proposer, output: Sequence[int]) -> Steps:
    """The steps that writing ``output`` takes."""
    steps: Steps = []
    done = 0
    while done < len(output):
        draft = proposer.propose(len(output) - done - 1)
        num_accepted = 0
        while num_accepted < len(draft) and draft[num_accepted] == output[done + num_accepted]:
            num_accepted += 1
        chosen = output[done : done + num_accepted + 1]
        proposer.observe(chosen, len(draft), num_accepted)
        done += len(chosen)
        steps.append((len(draft), num_accepted))
    return steps
