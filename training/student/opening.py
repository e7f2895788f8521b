"""From parameters to a student that is ready to answer, and to the version of its model."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from model import ModelConfig, ModelFilesError, build_engine
from model.bpe_tokenizer import BpeTokenizer
from model.threads import limit_spinning
from prompt_format import UnknownPromptFormat, find_format
from quality import JudgeConfig
from training.errors import RunError
from training.student.cached_generator import CachedGenerator, open_store
from training.student.config import StudentConfig
from training.student.engine_generator import EngineGenerator
from training.student.format_student import FormatStudent, no_stats
from training.student.protocols import Generator, Student

VERSION_DIGITS = 12
MAX_QUEUED = 4096
MODEL_PATTERNS = ("config.json", "tokenizer.json", "*.safetensors")
ADAPTER_PATTERNS = ("adapter_config.json", "*.safetensors")


@asynccontextmanager
async def open_student(config: StudentConfig) -> AsyncIterator[Student]:
    """The student that ``config`` describes. Raises ``RunError`` if it cannot be had."""
    try:
        prompt_format = find_format(config.prompt_format)
    except UnknownPromptFormat as error:
        raise RunError(str(error)) from error
    setting = f"{config.backend} {config.precision}"
    async with _OPEN[config.backend](config) as generator:
        with open_store(config.cache) as store:
            cached = None if store is None else CachedGenerator(generator, store, setting)
            yield FormatStudent(
                generator=cached or generator,
                prompt_format=prompt_format,
                max_prompt_tokens=config.max_prompt_tokens,
                max_output_tokens=config.max_output_tokens,
                observation=config.observation,
                judge=JudgeConfig() if config.judge else None,
                stats=cached.stats if cached else no_stats,
            )


def student_version(config: StudentConfig) -> str:
    """Changes with every byte of model and adapter; an endpoint's model is known by name only."""
    if config.backend == "completions":
        _address(config)
        return f"{config.endpoint_model}@{config.endpoint}"
    model, adapter = _folders(config)
    digests = [_digest(model, MODEL_PATTERNS)]
    if adapter is not None:
        digests.append(_digest(adapter, ADAPTER_PATTERNS))
    return "+".join(digests)


@asynccontextmanager
async def _open_engine(config: StudentConfig) -> AsyncIterator[Generator]:
    version = student_version(config)
    engine = build_engine(_model_config(config))
    try:
        await engine.start()
        yield EngineGenerator(engine, version)
    except ModelFilesError as error:
        raise RunError(str(error)) from error
    finally:
        await engine.stop()


@asynccontextmanager
async def _open_transformers(config: StudentConfig) -> AsyncIterator[Generator]:
    limit_spinning()
    from training.student.transformers_generator import open_transformers  # loads torch

    model, adapter = _folders(config)
    async with open_transformers(
        model,
        adapter,
        device=config.device,
        precision=config.precision,
        max_rows=config.batch_rows,
        version=student_version(config),
    ) as generator:
        yield generator


@asynccontextmanager
async def _open_completions(config: StudentConfig) -> AsyncIterator[Generator]:
    from training.endpoint_access import key_in  # loads httpx
    from training.student.completions_generator import Endpoint, open_completions

    if config.adapter is not None or config.release is not None:
        raise RunError("an endpoint chooses its adapter by endpoint_model; leave others unset")
    endpoint = Endpoint(
        url=_address(config),
        model=config.endpoint_model,
        key=key_in(config.endpoint_key_env),
        is_vllm=config.endpoint_dialect == "vllm",
    )
    tokenizer = None if config.model is None else BpeTokenizer(config.model / "tokenizer.json")
    async with open_completions(endpoint, tokenizer, student_version(config)) as generator:
        yield generator


def _address(config: StudentConfig) -> str:
    """Where the endpoint is. Raises ``RunError``."""
    from training.endpoint_access import base_address  # loads httpx

    if config.endpoint is None:
        raise RunError("the backend completions needs an endpoint")
    return base_address(config.endpoint)


_OPEN = {
    "engine": _open_engine,
    "transformers": _open_transformers,
    "completions": _open_completions,
}


def _model_config(config: StudentConfig) -> ModelConfig:
    return ModelConfig(
        path=config.model,
        adapter=config.adapter,
        release=config.release,
        precision=config.precision,
        max_queued_requests=MAX_QUEUED,
    )


def _folders(config: StudentConfig) -> tuple[Path, Path | None]:
    """The folders of model and adapter, as the engine would find them."""
    from model.weights import configured_release, resolve_model_files  # loads safetensors

    try:
        wanted = _model_config(config)
        files = resolve_model_files(wanted, configured_release(wanted))
    except (ModelFilesError, ValueError) as error:
        raise RunError(str(error)) from error
    return files.folder.path, None if files.adapter is None else files.adapter.path


def _digest(folder: Path, patterns: tuple[str, ...]) -> str:
    files = sorted(file for pattern in patterns for file in folder.glob(pattern))
    if not files:
        raise RunError(f"{folder} holds none of {', '.join(patterns)}")
    whole = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            whole.update(hashlib.file_digest(file, "sha256").digest())
    return whole.hexdigest()[:VERSION_DIGITS]
