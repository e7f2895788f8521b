"""What vLLM's ``RequestOutput``s say of an answer."""

from typing import Any

from model.answer_stream import AnswerStream
from model.engine import Chunk, FinishReason
from model.errors import EngineUnavailable

REASONS = {"stop": FinishReason.STOP, "length": FinishReason.LENGTH}


def chunk_of(output: Any, stream: AnswerStream) -> Chunk:
    """The chunk of an output whose tokens are new; its figures are noted in ``stream``.

    Raises ``EngineUnavailable`` if vLLM gave the request up.
    """
    completion = output.outputs[0]
    stream.num_cached = output.num_cached_tokens or stream.num_cached
    times = output.metrics
    if times is not None and times.scheduled_ts and times.queued_ts:
        stream.queue_seconds = max(0.0, times.scheduled_ts - times.queued_ts)
    drafted = completion.spec_decode_metrics
    if drafted is not None:
        stream.num_drafted = drafted.num_draft_tokens
        stream.num_accepted = sum(n * count for n, count in enumerate(drafted.histogram))
    if completion.finish_reason not in (None, *REASONS):
        raise EngineUnavailable("the engine gave the request up")
    return stream.push(completion.token_ids, REASONS.get(completion.finish_reason))
