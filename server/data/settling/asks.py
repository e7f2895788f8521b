"""What a request says that the watch wants to know."""

from prompt_format import TextRange
from server.data.consent.grants import Claim
from server.data.reporting.variants import Variant
from server.data.settling.changes import Span
from server.data.settling.regions import CONTEXT_CHARS, Key, Predicted
from server.predictions import Ask, Document


def predicted_of(
    ask: Ask,
    document: Document,
    prediction_id: str,
    variant: Variant,
    editable: TextRange,
    new_text: str | None,
) -> tuple[Predicted, Span]:
    """What is to be watched of an answer: ``new_text`` is None where nothing was predicted."""
    source = document.text.encode()
    start = len(source[: document.excerpt_start + editable.start].decode())
    base = source[document.excerpt_start + editable.start :][: len(editable)].decode()
    end = start + len(base)
    predicted = Predicted(
        prediction_id=prediction_id,
        user=ask.caller.user,
        variant=variant,
        claim=Claim.of(ask.prompt_input, ask.caller.project),
        path=ask.prompt_input.cursor_path,
        base=base,
        candidate=base if new_text is None else new_text,
        context=(
            document.text[max(start - CONTEXT_CHARS, 0) : start],
            document.text[end : end + CONTEXT_CHARS],
        ),
    )
    return predicted, Span(start, end)


def key_of(ask: Ask) -> Key | None:
    """The file that is asked about; None if nobody can tell whose window it is in."""
    session_key = ask.caller.session_key
    return (session_key, ask.prompt_input.cursor_path) if session_key else None


def cursor_of(ask: Ask, document: Document) -> int:
    """The cursor as an offset in the document's text, in characters."""
    given = ask.prompt_input
    at = document.excerpt_start + given.cursor_offset_in_excerpt
    return len(document.text.encode()[:at].decode())
