"""What an answer is likely to repeat, as tokens: the drafter's sources."""

from collections.abc import Sequence

from model import DraftSources, Tokenizer
from prediction.transfer import transferred
from prompt_format import EditEvent, RenderedPrompt


def draft_sources(
    rendered: RenderedPrompt,
    tokenizer: Tokenizer,
    *,
    events: Sequence[EditEvent] = (),
    previous: tuple[int, ...] = (),
    prediction: str = "",
) -> DraftSources:
    """Sources for the answer to ``rendered``.

    ``events`` are the user's latest edits, ``previous`` is what was answered to the keystroke
    before, ``prediction`` what the client expects.
    """

    def encoded(text: str) -> tuple[int, ...]:
        return tokenizer.encode(text, rendered.special_tokens)

    repeated = rendered.reference or rendered.region
    changed = transferred(repeated, events)
    return DraftSources(
        reference=encoded(rendered.reference),
        transferred=() if changed == repeated else encoded(changed),
        previous=previous,
        prediction=encoded(prediction),
    )
