"""Steps and cost of all drafters on the same answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, TypeAlias

from benchmarks.drafts.baselines import NgramLookup
from benchmarks.drafts.cases import Case
from benchmarks.drafts.engines import MeasuredEngine
from benchmarks.drafts.simulation import Steps, steps_of
from benchmarks.drafts.suffix_decoding import SuffixSetting, run_suffixes
from model.drafting import Drafter, Experience

NgramSetting: TypeAlias = tuple[int, int, int]
"""Shortest and longest end that is looked up, tokens drafted."""

VLLM_DEFAULT: NgramSetting = (5, 5, 5)
SETTINGS: tuple[NgramSetting, ...] = (
    VLLM_DEFAULT,
    *product((1, 2, 3), (3, 5, 12), (3, 5, 8, 16, 32, 64)),
)


@dataclass(frozen=True, slots=True)
class Baselines:
    """The steps of every setting of others' drafters: they do not depend on what a step costs.

    ``suffixes`` is empty where suffix decoding is not installed.
    """

    ngrams: dict[NgramSetting, Steps]
    suffixes: dict[SuffixSetting, Steps]


def compare(
    cases: Sequence[Case], engine: MeasuredEngine, end_token: int, baselines: Baselines
) -> dict[str, Any]:
    """Steps and cost per token for none, others' drafters at their best setting, and ours."""
    experience = Experience([end_token], engine.assumed)
    ours = [
        step
        for case in cases
        for step in steps_of(Drafter(case.prompt, case.sources, experience), case.output)
    ]
    num_tokens = sum(len(case.output) for case in cases)

    def cost(steps: Steps) -> float:
        return sum(engine.cost_of(num_drafted) for num_drafted, _ in steps) / num_tokens

    ngrams, suffixes = baselines.ngrams, baselines.suffixes
    best = min(ngrams, key=lambda setting: cost(ngrams[setting]))
    figures = {
        "none": [(0, 0)] * num_tokens,
        "ngram_default": ngrams[VLLM_DEFAULT],
        "ngram_best": ngrams[best],
        "ours": ours,
    }
    if suffixes:
        figures["suffix_best"] = min(suffixes.values(), key=cost)
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


def run_baselines(cases: Sequence[Case]) -> Baselines:
    """What others' drafters make of the answers."""

    def run(setting: NgramSetting) -> Steps:
        lookups = ((NgramLookup(case.prompt, *setting), case.output) for case in cases)
        return [step for lookup, output in lookups for step in steps_of(lookup, output)]

    return Baselines({setting: run(setting) for setting in SETTINGS}, run_suffixes(cases))
