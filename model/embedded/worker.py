"""The thread that owns the model: loads it, then runs one job after the other."""

import logging
import os
from concurrent.futures import Future

import torch

from model.config import ModelConfig
from model.drafting import Experience, StepCost
from model.embedded.generation import Generation
from model.embedded.jobs import Job, JobQueue
from model.embedded.loading import LoadedModel, choose_dtype, load_model
from model.embedded.memory import give_back
from model.embedded.sessions import SessionCaches
from model.errors import EngineError, EngineUnavailable
from model.weights import Release, resolve_model_files

ASSUMED_STEP_COST = StepCost(per_token=0.04)
"""On two cores, see ``benchmarks/RESULTS.md``; what steps really cost is learnt from them."""

log = logging.getLogger("foretype.model")


def work(
    config: ModelConfig, release: Release | None, jobs: JobQueue, ready: "Future[LoadedModel]"
) -> None:
    """Tell ``ready`` how loading went, then answer until ``jobs`` is closed."""
    ready.set_running_or_notify_cancel()
    try:
        loaded = _load(config, release)
    except EngineError as error:
        ready.set_exception(error)
        return
    except Exception as error:
        ready.set_exception(_unavailable("loading the model", error))
        return
    ready.set_result(loaded)
    del ready
    sessions = SessionCaches(config.kv_cache_tokens, loaded.llama.new_cache)
    experience = Experience(loaded.end_tokens, ASSUMED_STEP_COST)
    while (job := jobs.take()) is not None:
        try:
            run_job(job, loaded, sessions, experience, config.prefill_chunk_tokens)
        except Exception as error:
            job.send(_unavailable("a generation step", error))


def run_job(
    job: Job,
    loaded: LoadedModel,
    sessions: SessionCaches,
    experience: Experience,
    prefill_chunk_tokens: int,
) -> None:
    """Answer one request, looking after each step whether anyone still wants the answer."""
    request = job.request
    num_tokens = len(request.prompt_tokens) + request.max_tokens
    cache = sessions.take(request.session_key, request.fixed_tokens, num_tokens)
    generation = Generation(
        loaded.llama,
        loaded.tokenizer,
        request,
        cache,
        loaded.end_tokens,
        experience,
        job.submitted,
    )
    for chunk in generation.steps(prefill_chunk_tokens):
        job.send(chunk)
        if job.is_cancelled:
            break
    sessions.keep(request.session_key, cache)


def _load(config: ModelConfig, release: Release | None) -> LoadedModel:
    torch.set_num_threads(config.num_threads or _num_usable_cores())
    torch.set_flush_denormal(True)
    files = resolve_model_files(config, release, report=log.info)
    loaded = load_model(files, choose_dtype(config.precision), config.max_context_tokens)
    loaded.llama.warm_up()
    give_back()
    return loaded


def _num_usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _unavailable(what: str, error: Exception) -> EngineUnavailable:
    failure = EngineUnavailable(f"{what} failed: {type(error).__name__}")
    failure.__cause__ = error
    return failure
