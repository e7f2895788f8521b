"""What a server has counted of its model's work, whether or not anybody got the answers."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import httpx
from prometheus_client.parser import text_string_to_metric_families

_NAMES: Mapping[str, str] = {
    "foretype_prompt_tokens_total": "prompt",
    "foretype_cached_prompt_tokens_total": "cached",
    "foretype_generated_tokens_total": "generated",
    "foretype_abandoned_tokens_total": "generated",
    "foretype_accepted_draft_tokens_total": "accepted",
    "vllm:prefix_cache_queries_total": "prompt",  # prompt_tokens_total leaves out what was given up
    "vllm:prefix_cache_hits_total": "cached",
    "vllm:generation_tokens_total": "generated",
    "vllm:spec_decode_num_accepted_tokens_total": "accepted",
}


@dataclass(frozen=True, slots=True)
class Counted:
    """Tokens so far."""

    prefilled: float
    generated: float
    steps: float

    def since(self, before: "Counted") -> "Counted":
        return Counted(
            self.prefilled - before.prefilled,
            self.generated - before.generated,
            self.steps - before.steps,
        )


def counted_in(page: str) -> Counted | None:
    """The counters on a page of Prometheus metrics, summed over labels; None if it has none."""
    sums: Counter[str] = Counter()
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            if name := _NAMES.get(sample.name):
                sums[name] += int(sample.value)
    if not sums:
        return None
    return Counted(
        prefilled=sums["prompt"] - sums["cached"],
        generated=sums["generated"],
        steps=sums["generated"] - sums["accepted"],
    )


async def counted_by(http: httpx.AsyncClient) -> Counted | None:
    """The counters of a server; None if it has none or does not answer."""
    try:
        response = await http.get("/metrics", timeout=5)
    except httpx.HTTPError:
        return None
    return counted_in(response.text) if response.status_code == 200 else None
