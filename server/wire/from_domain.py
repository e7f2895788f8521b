"""From a prediction to the response, in the client's unit and line endings."""

from model import GenerationStats
from prompt_format import Edit, minimal_edits
from server.predictions import Prediction
from server.source_text import SourceText
from server.wire.predict import (
    Position,
    PositionRange,
    PredictResponse,
    TextEditOut,
    Timing,
    Usage,
)
from server.wire.to_domain import Received


def respond(prediction: Prediction, received: Received) -> PredictResponse:
    """The answer to the request that was received."""
    editable_range, output = _region(prediction, received)
    edit = prediction.edit
    return PredictResponse(
        request_id=prediction.request_id,
        prediction_id=prediction.prediction_id,
        edits=_edits(prediction, edit, received) if edit else [],
        reason=None if prediction.reason is None else str(prediction.reason),
        output=output,
        editable_range=editable_range,
        cursor=_cursor(edit, received) if edit else None,
        model_version=prediction.model_version,
        experiment=prediction.assignment.experiment,
        arm=prediction.assignment.arm.key,
        source=prediction.source,
        timing=_timing(prediction.seconds),
        usage=_usage(prediction.stats),
    )


def _position(source: SourceText, byte_offset: int) -> Position:
    offset, row, column = source.position(byte_offset)
    return Position(offset=offset, row=row, column=column)


def _range(source: SourceText, start: int, end: int) -> PositionRange:
    return PositionRange(start=_position(source, start), end=_position(source, end))


def _region(prediction: Prediction, received: Received) -> tuple[PositionRange | None, str | None]:
    """Whole-region form: what replaces what; unchanged text where there is no edit."""
    region = prediction.region
    if region is None:
        return None, None
    text = prediction.edit.new_text if prediction.edit else region.text
    at = region.editable_range.shifted(received.excerpt_start)
    return _range(received.source, at.start, at.end), received.source.to_client(text)


def _edits(prediction: Prediction, edit: Edit, received: Received) -> list[TextEditOut]:
    assert prediction.region is not None
    region_start = received.excerpt_start + edit.editable_range.start
    return [
        TextEditOut(
            range=_range(received.source, region_start + part.start, region_start + part.end),
            new_text=received.source.to_client(part.new_text),
        )
        for part in minimal_edits(prediction.region.text, edit.new_text)
    ]


def _cursor(edit: Edit, received: Received) -> Position | None:
    """The predicted cursor in the text as it is after the edits."""
    if edit.cursor_offset is None:
        return None
    source = received.source
    region_start = received.excerpt_start + edit.editable_range.start
    new_part = edit.new_text.encode()[: edit.cursor_offset].decode()
    up_to_cursor = source.original_before(region_start) + source.to_client(new_part)
    edited = SourceText(up_to_cursor, source.unit, source.start_row)
    return _position(edited, len(edited.encoded))


def _timing(seconds: dict[str, float]) -> Timing:
    return Timing(**{f"{stage}_ms": round(value * 1000, 3) for stage, value in seconds.items()})


def _usage(stats: GenerationStats) -> Usage:
    return Usage(
        prompt_tokens=stats.num_prompt_tokens,
        cached_tokens=stats.num_cached_tokens,
        generated_tokens=stats.num_generated_tokens,
        draft_tokens=stats.num_draft_tokens,
        accepted_draft_tokens=stats.num_accepted_tokens,
    )
