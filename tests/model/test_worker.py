"""A cancelled job is left within one step: counted in steps, not in time."""

from model import Chunk, EngineError, GenerationRequest
from model.drafting import Experience
from model.embedded.jobs import Job
from model.embedded.loading import LoadedModel
from model.embedded.sessions import SessionCaches
from model.embedded.worker import run_job


class LeavingCaller(Job):
    """Loses interest while the result number ``patience`` is handed over."""

    def __init__(self, request: GenerationRequest, patience: int) -> None:
        super().__init__(request)
        self.received: list[Chunk | EngineError] = []
        self._patience = patience

    def send(self, result: Chunk | EngineError) -> None:
        self.received.append(result)
        self.is_cancelled = len(self.received) == self._patience


async def steps_until_left(tiny: LoadedModel, patience: int) -> tuple[int, int]:
    """Results handed over, and tokens read, by a request of 20 prompt chunks of 8 tokens."""
    sessions = SessionCaches(1024, tiny.llama.new_cache)
    request = GenerationRequest(tuple(range(2, 82)) * 2, 50, session_key="a")
    job = LeavingCaller(request, patience)
    run_job(job, tiny, sessions, Experience(), prefill_chunk_tokens=8)
    return len(job.received), sessions.take("a", (*request.prompt_tokens, 2), 0).length


async def test_no_step_follows_a_cancel(tiny: LoadedModel) -> None:
    assert await steps_until_left(tiny, 1) == (1, 0)
    assert await steps_until_left(tiny, 4) == (4, 24)
    assert await steps_until_left(tiny, 21) == (21, 160)
    num_results, _ = await steps_until_left(tiny, 30)
    assert num_results == 30
