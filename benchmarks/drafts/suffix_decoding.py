"""vLLM's method ``suffix``, where Arctic Inference is installed (0.3.0; it is built from source).

Its suffix trees hold the prompt, and every answer before, whoever it was for; a draft is as long as
those often went on alike.
"""

import importlib
import importlib.util
from collections.abc import Sequence
from typing import Any, TypeAlias

from benchmarks.drafts.cases import Case
from benchmarks.drafts.simulation import Steps, steps_of

TREE_DEPTH = 24
MAX_CACHED_REQUESTS = 10_000
MIN_TOKEN_PROBABILITY = 0.1
"""vLLM 0.32's defaults, as the first of the settings."""
SuffixSetting: TypeAlias = tuple[int, float]
"""Most tokens drafted, and how many for each token of the match."""
SETTINGS: tuple[SuffixSetting, ...] = ((24, 1.0), (8, 1.0), (16, 2.0), (24, 2.0), (24, 4.0))
MODULE = "arctic_inference.suffix_decoding"


class SuffixDecoding:
    """Drafts for answer ``number`` out of a ``cache`` that lives on after it."""

    def __init__(self, cache: Any, number: int, prompt: Sequence[int], setting: SuffixSetting):
        self._cache, self._number = cache, number
        self._max_tokens, self._factor = setting
        self._latest = list(prompt[-TREE_DEPTH:])
        cache.start_request(number, list(prompt))

    def propose(self, limit: int) -> tuple[int, ...]:
        draft = self._cache.speculate(
            self._number,
            self._latest,
            max_spec_tokens=min(self._max_tokens, limit),
            max_spec_factor=self._factor,
            min_token_prob=MIN_TOKEN_PROBABILITY,
        )
        return tuple(draft.token_ids)

    def observe(self, tokens: Sequence[int], num_drafted: int, num_accepted: int) -> None:
        self._cache.add_active_response(self._number, list(tokens))
        self._latest = [*self._latest, *tokens][-TREE_DEPTH:]


def run_suffixes(cases: Sequence[Case]) -> dict[SuffixSetting, Steps]:
    """The steps of every setting, each with a cache of its own; empty without the library."""
    if importlib.util.find_spec(MODULE.partition(".")[0]) is None:
        return {}
    library = importlib.import_module(MODULE)
    runs = {}
    for setting in SETTINGS:
        cache = library.SuffixDecodingCache(TREE_DEPTH, MAX_CACHED_REQUESTS)
        steps: Steps = []
        for number, case in enumerate(cases):
            steps += steps_of(SuffixDecoding(cache, number, case.prompt, setting), case.output)
            cache.stop_request(number)
        runs[setting] = steps
    return runs
