"""``sample``: many answers of the student to each settled example, the raw material of ``settle``.

The student filters its own training data: what it nearly gets right teaches it most. Asking it
fifty times costs little; the summary says how little, beside a teacher for the same job.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256

from pydantic import Field

from prompt_format import PromptInput, TextRange
from training.errors import MissingSection
from training.examples import Example, Sample
from training.regions import region_after
from training.stage import ClientStage, Dropped
from training.student import Student, StudentAnswer, StudentConfig, open_student, student_version
from training.student.costs import Costs, TeacherPrice

OUTSIDE_REGION = "outside_settled_region"
UNCHANGED = "no_change"
"""The one objection of the judgement that leaves a sample good: nothing may be what is right."""


class SampleConfig(StudentConfig):
    """Which student, and how often it is asked."""

    num_samples: int = Field(default=50, ge=1)
    temperature: float = Field(default=0.8, gt=0.0, description="Spread of the samples.")
    seed: int = 0
    teacher: TeacherPrice = Field(
        default_factory=TeacherPrice,
        exclude=True,
        description="What the summary compares the costs with.",
    )


@dataclass(frozen=True, slots=True)
class Sampler:
    """The student of a run, and what it has cost so far."""

    student: Student
    costs: Costs = field(default_factory=Costs)

    def stats(self) -> dict[str, float]:
        """For the runner's summary."""
        return {**self.student.stats(), **self.costs.as_dict()}


@asynccontextmanager
async def open_client(config: SampleConfig) -> AsyncIterator[Sampler]:
    """The student of a run; the costs are told on leaving."""
    async with open_student(config) as student:
        sampler = Sampler(student)
        try:
            yield sampler
        finally:
            num_cached = int(student.stats().get("num_cache_hits", 0))
            for line in sampler.costs.lines(config.teacher, num_cached):
                print(line, file=sys.stderr)


async def run(example: Example, config: SampleConfig, sampler: Sampler) -> Example | Dropped:
    """``samples``: what each answer would make of the settled region."""
    prompt_input, settled = example.prompt_inputs, example.settled
    if prompt_input is None or settled is None:
        raise MissingSection("the example has no settled region; run ingest first")
    answers = await sampler.student.predict(
        prompt_input,
        num_samples=config.num_samples,
        temperature=config.temperature,
        seed=_seed_of(example, config.seed),
    )
    if all(answer.rendered is None for answer in answers):
        return Dropped(answers[0].reason or "no_prompt")
    region = TextRange(start=settled.region_start, end=settled.region_end)
    sampler.costs.add(answers)
    samples = tuple(_sample(prompt_input, region, answer) for answer in answers)
    return example.model_copy(update={"samples": samples})


def _seed_of(example: Example, seed: int) -> int:
    """Different examples draw differently, the same one always alike."""
    digest = sha256(f"{seed}:{example.spec.name}".encode()).digest()
    return int.from_bytes(digest[:4], "big")


def _sample(prompt_input: PromptInput, region: TextRange, answer: StudentAnswer) -> Sample:
    if answer.edit is None or answer.reason not in (None, UNCHANGED):
        return Sample(text="", error=answer.reason)
    text = region_after(prompt_input, region, answer.edit)
    return Sample(text="", error=OUTSIDE_REGION) if text is None else Sample(text=text)


STAGE = ClientStage(
    name="sample",
    summary="many answers of the student to each settled example",
    version=1,
    config=SampleConfig,
    open=open_client,
    run=run,
    environment=lambda config: {"student": student_version(config)},
)
