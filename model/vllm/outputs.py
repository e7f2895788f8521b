"""What vLLM's ``RequestOutput``s say of an answer."""

from typing import Any

from model.answer_stream import AnswerStream
from model.engine import Chunk, FinishReason


def chunk_of(output: Any, stream: AnswerStream) -> Chunk:
    """The chunk of an output whose tokens are new; its figures are noted in ``stream``."""
    completion = output.outputs[0]
    stream.num_cached = output.num_cached_tokens or stream.num_cached
    times = output.metrics
    if times is not None and times.scheduled_ts and times.queued_ts:
        stream.queue_seconds = max(0.0, times.scheduled_ts - times.queued_ts)
    drafted = completion.spec_decode_metrics
    if drafted is not None:
        stream.num_drafted = drafted.num_draft_tokens
        stream.num_accepted = sum(n * count for n, count in enumerate(drafted.histogram))
    finish = None
    if completion.finish_reason is not None:
        is_full = completion.finish_reason == "length"
        finish = FinishReason.LENGTH if is_full else FinishReason.STOP
    return stream.push(completion.token_ids, finish)
