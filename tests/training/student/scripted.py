"""A generator with scripted answers, for what stands above generators."""

from dataclasses import dataclass, field

from model import FinishReason
from prompt_format import TokenCounter, estimate_tokens
from training.student import Ask, Generation


@dataclass
class ScriptedGenerator:
    """Gives ``texts`` in turn, again from the start when they are used up. Remembers asks."""

    texts: tuple[str, ...]
    finish_reason: FinishReason = FinishReason.STOP
    max_context_tokens: int = 4096
    version: str = "scripted"
    count: TokenCounter = estimate_tokens
    asks: list[Ask] = field(default_factory=list)

    async def generate(self, ask: Ask) -> list[Generation]:
        self.asks.append(ask)
        return [
            Generation(
                text=self.texts[sample % len(self.texts)],
                finish_reason=self.finish_reason,
                num_prompt_tokens=7,
                num_tokens=3,
                seconds=0.5,
                cumulative_logprob=-1.5,
            )
            for sample in range(ask.num_samples)
        ]
