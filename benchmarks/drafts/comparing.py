"""Steps and cost of all drafters on the same answers."""

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any, TypeAlias

from benchmarks.drafts.baselines import NgramLookup
from benchmarks.drafts.cases import Case
from benchmarks.drafts.engines import MeasuredEngine
from benchmarks.drafts.simulation import Proposer, steps_of
from model.drafting import Drafter, Experience

Steps: TypeAlias = list[tuple[int, int]]
NgramSetting: TypeAlias = tuple[int, int, int]
"""Shortest and longest end that is looked up, tokens drafted."""

VLLM_DEFAULT: NgramSetting = (5, 5, 5)
SETTINGS: tuple[NgramSetting, ...] = (
    VLLM_DEFAULT,
    *product((1, 2, 3), (3, 5, 12), (3, 5, 8, 16, 32, 64)),
)


def compare(
    cases: Sequence[Case], engine: MeasuredEngine, end_token: int, ngrams: "NgramRuns"
) -> dict[str, Any]:
    """Steps and cost per token for none, n-grams (vLLM's default and the best), and ours."""
    experience = Experience([end_token], engine.assumed)
    ours = [
        step
        for case in cases
        for step in steps_of(Drafter(case.prompt, case.sources, experience), case.output)
    ]
    num_tokens = sum(len(case.output) for case in cases)

    def cost(steps: Steps) -> float:
        return sum(engine.cost_of(num_drafted) for num_drafted, _ in steps) / num_tokens

    best = min(SETTINGS, key=lambda setting: cost(ngrams[setting]))
    figures = {
        "none": [(0, 0)] * num_tokens,
        "ngram_default": ngrams[VLLM_DEFAULT],
        "ngram_best": ngrams[best],
        "ours": ours,
    }
    found = {
        name: {"steps": round(len(steps) / num_tokens, 3), "cost": round(cost(steps), 3)}
        for name, steps in figures.items()
    }
    return {
        **found,
        "best_ngram_setting": best,
        "ours_to_best_ngram": round(cost(ours) / cost(ngrams[best]), 2),
        "ours_to_none": round(cost(ours), 3),
    }


NgramRuns: TypeAlias = dict[NgramSetting, Steps]


def run_ngrams(cases: Sequence[Case]) -> NgramRuns:
    """The steps of every setting: they do not depend on what a step costs."""

    def run(new: Callable[[Case], Proposer]) -> Steps:
        return [step for case in cases for step in steps_of(new(case), case.output)]

    return {
        setting: run(lambda case, setting=setting: NgramLookup(case.prompt, *setting))  # type: ignore[misc]
        for setting in SETTINGS
    }
