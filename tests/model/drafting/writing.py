"""Writes an output as a model would that drafts are checked by."""

from collections.abc import Sequence

from model import DraftSources
from model.drafting import Drafter, Experience, StepCost

END = 0


def write(
    output: Sequence[int],
    sources: DraftSources,
    *,
    prompt: Sequence[int] = (),
    experience: Experience | None = None,
) -> tuple[int, int]:
    """Steps taken and tokens drafted."""
    drafter = Drafter(prompt, sources, experience or Experience([END], StepCost()))
    done = num_steps = num_drafted = 0
    while done < len(output):
        draft = drafter.propose(len(output) - done - 1)
        accepted = 0
        while accepted < len(draft) and draft[accepted] == output[done + accepted]:
            accepted += 1
        chosen = output[done : done + accepted + 1]
        drafter.observe(chosen, len(draft), accepted)
        done += len(chosen)
        num_steps += 1
        num_drafted += len(draft)
    return num_steps, num_drafted
