"""How long the embedded engine's forward passes take: ``python -m benchmarks.engine_step``.

Prints JSON: prompt tokens per second by chunk size, milliseconds for one pass of k tokens with all
their logits (k=1 is decoding, more is checking a draft), and the same passes by transformers where
it is installed. The machine's mood changes by the minute: trust the ratios, taken in turn.
"""

import argparse
import importlib.util
import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from model import ModelConfig
from model.threads import limit_spinning

if TYPE_CHECKING:
    from model.embedded.llama import Llama

CONTEXT_TOKENS = 1000
CHUNK_SIZES = (64, 128, 256, 512)
PASS_SIZES = (1, 4, 8, 16, 32, 48, 64)

Pass = Callable[[int], None]
"""Reads so many tokens after the context, with all their logits."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine_step")
    parser.add_argument("--model-path", type=Path, default=None)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--threads", type=int, default=None)
    arguments = parser.parse_args()
    limit_spinning()
    print(json.dumps(measure(arguments.model_path, arguments.repeats, arguments.threads)))


def measure(model_path: Path | None, repeats: int, threads: int | None) -> dict[str, object]:
    import torch

    from model.embedded.loading import choose_dtype, load_model
    from model.weights import resolve_model_folder

    if threads is not None:
        torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    folder = resolve_model_folder(ModelConfig(path=model_path))
    started = time.perf_counter()
    dtype = choose_dtype("auto")
    loaded = load_model(folder, dtype, 2 * CONTEXT_TOKENS)
    load_seconds = time.perf_counter() - started
    tokens = random.Random(0).choices(range(100, loaded.tokenizer.num_tokens), k=CONTEXT_TOKENS)
    passes = {"engine": engine_pass(loaded.llama, tokens)}
    if importlib.util.find_spec("transformers"):
        passes["transformers"] = transformers_pass(folder.path, dtype, tokens)
    times = {name: time_passes(passes, size, repeats) for name, size in named(PASS_SIZES)}
    result: dict[str, object] = {
        "dtype": str(dtype).removeprefix("torch."),
        "threads": torch.get_num_threads(),
        "load_seconds": round(load_seconds, 2),
        "prefill_tokens_per_second": {
            name: round(prefill_rate(loaded.llama, tokens, size, max(3, repeats // 3)))
            for name, size in named(CHUNK_SIZES)
        },
        "decode_ms": times["1"]["engine"],
        "verify_ms": {name: times[name]["engine"] for name in times},
        "verify_ratio_to_decode": {
            name: round(times[name]["engine"] / times["1"]["engine"], 2) for name in times
        },
    }
    if "transformers" in passes:
        result["transformers_ms"] = {name: times[name]["transformers"] for name in times}
        result["speedup_over_transformers"] = {
            name: round(times[name]["transformers"] / times[name]["engine"], 2) for name in times
        }
    return result


def named(sizes: tuple[int, ...]) -> list[tuple[str, int]]:
    return [(str(size), size) for size in sizes]


def time_passes(passes: dict[str, Pass], size: int, repeats: int) -> dict[str, float]:
    """Median milliseconds of each kind of pass, run in turn after one that does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in passes}
    for _ in range(repeats + 1):
        for name, run in passes.items():
            started = time.perf_counter()
            run(size)
            seconds[name].append(time.perf_counter() - started)
    return {name: round(statistics.median(all_[1:]) * 1000, 2) for name, all_ in seconds.items()}


def prefill_rate(llama: "Llama", tokens: list[int], chunk: int, repeats: int) -> float:
    """Median tokens per second for the whole context, with the last token's logits only."""
    seconds: list[float] = []
    for _ in range(repeats):
        cache = llama.new_cache()
        started = time.perf_counter()
        for at in range(0, len(tokens), chunk):
            llama.forward(tokens[at : at + chunk], cache, int(at + chunk >= len(tokens)))
        seconds.append(time.perf_counter() - started)
    return len(tokens) / statistics.median(seconds)


def engine_pass(llama: "Llama", tokens: list[int]) -> Pass:
    cache = llama.new_cache()
    llama.forward(tokens, cache, 0)

    def run(size: int) -> None:
        llama.forward(tokens[:size], cache, size).argmax(-1)
        cache.truncate(len(tokens))

    return run


def transformers_pass(folder: Path, dtype: object, tokens: list[int]) -> Pass:
    """The library's own forward with its growing cache, cut back in the same way."""
    import torch
    from transformers import DynamicCache, LlamaForCausalLM

    print("loading transformers for comparison", file=sys.stderr)
    reference = LlamaForCausalLM.from_pretrained(folder, dtype=dtype)
    cache = DynamicCache()
    with torch.inference_mode():
        reference(torch.tensor([tokens]), past_key_values=cache, logits_to_keep=1)

    def run(size: int) -> None:
        with torch.inference_mode():
            out = reference(torch.tensor([tokens[:size]]), past_key_values=cache)
            out.logits[0].float().argmax(-1)
            cache.crop(-size)

    return run


if __name__ == "__main__":
    main()
