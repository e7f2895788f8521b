"""Prompt inputs and examples, briefly said."""

from typing import Any

from prompt_format import PromptInput
from training.examples import Example, ExampleSpec, Sample, Settled

CURSOR = "^"


def prompt_input(text: str, **fields: Any) -> PromptInput:
    """``^`` marks the cursor."""
    before, _marker, after = text.partition(CURSOR)
    values = {"cursor_path": "shop/area.py", **fields}
    return PromptInput(
        cursor_excerpt=before + after, cursor_offset_in_excerpt=len(before.encode()), **values
    )


def example(text: str, **fields: Any) -> Example:
    """An example with ``text`` as excerpt."""
    spec = ExampleSpec(name=fields.pop("name", "case"), cursor_path="shop/area.py")
    return Example(spec=spec, prompt_inputs=prompt_input(text), **fields)


def settled_example(
    text: str, region: str, settled: str, samples: list[str] | None = None
) -> Example:
    """The stretch ``region`` of ``text`` became ``settled``; ``samples`` were sampled for it."""
    excerpt = text.replace(CURSOR, "").encode()
    start = excerpt.index(region.encode())
    section = Settled(region_start=start, region_end=start + len(region.encode()), text=settled)
    return example(
        text, settled=section, samples=tuple(Sample(text=sample) for sample in samples or [])
    )
