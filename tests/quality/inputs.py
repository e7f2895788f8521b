"""Prompt inputs, events and candidates for the tests: factories for one small file."""

from prompt_format.inputs import EditEvent, PromptInput, TextRange
from prompt_format.outputs import Edit, RenderedPrompt
from quality.candidate import Candidate

PATH = "shop/cart.py"


def event(diff: str, *, path: str = PATH, predicted: bool = False) -> EditEvent:
    return EditEvent(path=path, diff=diff, predicted=predicted)


def prompt_input(excerpt: str, *events: EditEvent, row: int | None = 0) -> PromptInput:
    return PromptInput(
        cursor_path=PATH,
        cursor_excerpt=excerpt,
        cursor_offset_in_excerpt=0,
        excerpt_start_row=row,
        events=events,
    )


def candidate(
    old: str,
    new: str,
    *,
    above: str = "",
    below: str = "",
    events: tuple[EditEvent, ...] = (),
    special_tokens: tuple[str, ...] = (),
    truncated: bool = False,
) -> Candidate:
    """A prediction that rewrites the region ``old`` as ``new``."""
    start = len(above.encode())
    region = TextRange(start=start, end=start + len(old.encode()))
    return Candidate(
        prompt_input=prompt_input(above + old + below, *events),
        rendered=RenderedPrompt(
            text="",
            context_range=region,
            editable_range=region,
            cursor_offset=start,
            region=old,
            reference=old,
            special_tokens=special_tokens,
        ),
        edit=Edit(editable_range=region, new_text=new),
        raw_output=new,
        truncated=truncated,
    )
