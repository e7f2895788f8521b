"""How much of a prompt is the same as at the key before, for every prompt format.

What is the same, an engine need not read again. Counts only, no model and no clock:

    python -m benchmarks.prefix_share REPOSITORY --tokenizer tokenizer.json
"""

import argparse
import json
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.replay.passage import Passage
from benchmarks.replay.repository import passages_of
from benchmarks.replay.shares import shares_of
from benchmarks.replay.typist import EditorState, Typist
from model import Tokenizer
from model.bpe_tokenizer import BpeTokenizer
from prediction import budget_for
from prompt_format import FORMATS, NoEdit, Observation, PromptFormat, PromptInput

MAX_PROMPT_TOKENS = 4096
MAX_OUTPUT_TOKENS = 96


@dataclass(frozen=True, slots=True)
class Reading:
    """One key: tokens of the prompt, and how many of them an engine has to read."""

    num_tokens: int
    num_new: int


def states_of(passages: Sequence[Passage]) -> Iterator[PromptInput]:
    """What an editor sends at each key of what is typed."""
    for passage in passages:
        typist = Typist(passage, notice_seconds=0)
        while typist.next_slot is not None:
            typist.press()
            yield _input(typist.state())


def readings(
    prompt_format: PromptFormat,
    observation: Observation,
    states: Sequence[PromptInput],
    tokenizer: Tokenizer,
) -> Iterator[Reading]:
    """One for each state that has a prompt, all but the first."""
    budget = budget_for(
        tokenizer.count,
        MAX_PROMPT_TOKENS + MAX_OUTPUT_TOKENS,
        max_prompt_tokens=MAX_PROMPT_TOKENS,
        max_output_tokens=MAX_OUTPUT_TOKENS,
    )
    before: tuple[int, ...] | None = None
    for state in states:
        prompt = prompt_format.render(observation.of(state), budget)
        if isinstance(prompt, NoEdit):
            continue
        tokens = tokenizer.encode(prompt.model_input, prompt.special_tokens)
        if before is not None:
            yield Reading(len(tokens), len(tokens) - _num_alike(before, tokens))
        before = tokens


def figures_of(found: Sequence[Reading]) -> dict[str, float]:
    """Share of all tokens that are the same, and tokens to read at a key."""
    new = sorted(reading.num_new for reading in found)
    total = sum(reading.num_tokens for reading in found)
    return {
        "keys": len(found),
        "prompt_tokens": round(total / len(found)),
        "same_share": round(1 - sum(new) / total, 3),
        "new_tokens_mean": round(statistics.mean(new), 1),
        "new_tokens_p50": new[len(new) // 2],
        "new_tokens_p90": new[len(new) * 9 // 10],
    }


def _input(state: EditorState) -> PromptInput:
    return PromptInput(
        cursor_path=state.path,
        cursor_excerpt=state.text,
        cursor_offset_in_excerpt=len(state.text[: state.cursor].encode()),
        excerpt_start_row=0,
        events=state.events,
    )


def _num_alike(one: Sequence[int], other: Sequence[int]) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (left, right) in pairs if left != right), min(len(one), len(other)))


def main() -> None:
    """Print the figures of all formats as JSON, with and without the typed line in the history."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.prefix_share")
    parser.add_argument("repository", type=Path, help="a clone with its history")
    parser.add_argument("--tokenizer", type=Path, required=True, help="a tokenizer.json")
    parser.add_argument("--keys", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    tokenizer = BpeTokenizer(arguments.tokenizer)
    (passages,) = shares_of(passages_of(arguments.repository, arguments.seed), 1, arguments.keys)
    states = list(states_of(passages))
    for name, each in FORMATS.items():
        for typed_line in (True, False):
            found = list(readings(each, Observation(typed_line=typed_line), states, tokenizer))
            figures = {"format": name, "typed_line": typed_line, **figures_of(found)}
            print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    main()
