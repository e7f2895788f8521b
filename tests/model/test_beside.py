"""The engine of a release beside another one: each answers as it would alone."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from model import (
    Chunk,
    Completion,
    Engine,
    Engines,
    FakeEngine,
    GenerationRequest,
    ModelConfig,
    ModelFilesError,
    build_beside,
    build_engine,
)
from model.adapter_engine import AdapterEngine
from model.config import SHIPPED_RELEASE
from model.remote.adapters import Adapter
from model.weights import Release, open_release
from model.weights.added import check_can_be_added
from model.weights.release_record import BaseModelRecord
from tests.model.answers import complete, request_for
from tests.model.remote.server import Server, running
from tests.model.remote.test_engine import engine_for, says
from tests.model.tiny import write_tiny_model
from tests.model.tiny_adapter import write_tiny_adapter
from tests.model.tiny_release import write_record, write_tiny_release


def written(base: Path, folder: Path, seed: int, **changes: Any) -> Path:
    """A release of ``base`` with an adapter of its own."""
    folder.mkdir(parents=True)
    write_tiny_adapter(base, folder, seed=seed, **changes)
    write_record(folder, base, name=folder.name)
    return folder


@pytest.fixture(scope="module")
def releases(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("releases")
    return [str(written(tiny_folder, folder / f"student-{seed}", seed)) for seed in (1, 2)]


async def alone(config: ModelConfig) -> Completion:
    engine = build_engine(config)
    await engine.start()
    answer = await complete(engine, request_for(engine))
    await engine.stop()
    return answer


async def test_each_of_several_answers_as_it_would_alone(
    tiny_folder: Path, releases: list[str]
) -> None:
    config = ModelConfig(path=tiny_folder, precision="float32", num_threads=1)
    base = build_engine(config)
    engines = Engines(base, partial(build_beside, base, config))
    await engines.start()
    await engines.keep(releases)
    assert not engines.problems
    served = list(engines.served.values())
    asked = [complete(engine, request_for(engine)) for engine in served]
    together = [answer.tokens for answer in await asyncio.gather(*asked)]
    versions = {engine.info.version for engine in served}
    await engines.stop()
    configs = [config.model_copy(update={"release": each}) for each in (None, *releases)]
    assert together == [(await alone(each)).tokens for each in configs]
    assert len(set(together)) == len(versions) == 3


async def test_what_a_server_was_started_with_needs_no_second_engine(
    tiny_folder: Path, releases: list[str]
) -> None:
    config = ModelConfig(path=tiny_folder, release=releases[0])
    base = build_engine(config)
    assert build_beside(base, config, releases[0]) is base
    other = build_beside(base, config, releases[1])
    assert other is not base and other.card is not None
    assert other.card.prompt_format == "foretype-span"


async def test_a_release_for_another_model_is_a_problem_and_no_more(
    tiny_folder: Path, tmp_path: Path
) -> None:
    other = write_tiny_model(tmp_path / "other", seed=3)
    release = str(written(other, tmp_path / "student", 1))
    config = ModelConfig(path=tiny_folder, precision="float32", num_threads=1)
    base = build_engine(config)
    engines = Engines(base, partial(build_beside, base, config))
    await engines.start()
    await engines.keep([release, "no-such-release"])
    assert "is not the tiny that the release was made for" in engines.problems[release]
    assert "there is no release" in engines.problems["no-such-release"]
    assert (await complete(base, request_for(base))).tokens
    await engines.stop()


def test_a_fake_engine_has_whatever_release_is_asked_for() -> None:
    config = ModelConfig(engine="fake")
    beside = build_beside(build_engine(config), config, "student-2")
    assert isinstance(beside, FakeEngine) and beside.info.version == "student-2"


class Host(FakeEngine):
    """Takes adapters, and answers with the name of the one that it is asked for."""

    def __init__(self) -> None:
        super().__init__(lambda request: request.adapter or "bare")
        self.adapters: dict[str, Path] = {}

    async def load_adapter(self, name: str, folder: Path) -> None:
        self.adapters[name] = folder

    async def drop_adapter(self, name: str) -> None:
        self.adapters.pop(name, None)

    def generate(self, request: GenerationRequest) -> AsyncGenerator[Chunk, None]:
        assert not request.adapter or request.adapter in self.adapters
        return super().generate(request)


async def test_an_adapter_is_loaded_into_the_engine_that_is_there(
    tiny_folder: Path, releases: list[str]
) -> None:
    config = ModelConfig(engine="vllm", path=tiny_folder)
    host, release = Host(), open_release(Path(releases[0]))
    engines = Engines(host, partial(build_beside, host, config))
    await engines.start()
    await engines.keep(releases[:1])
    beside = engines.of(releases[0])
    assert isinstance(beside, AdapterEngine) and beside.is_idle
    name = f"student-1-{release.record.version}"
    assert host.adapters == {name: release.path}
    assert (await complete(beside, request_for(beside))).text == name
    assert (await complete(host, request_for(host))).text == "bare"
    assert beside.info.version == f"1+{release.record.version}"
    assert (beside.info.name, beside.tokenizer) == ("student-1", host.tokenizer)
    assert beside.card is not None and beside.card.max_output_tokens == 24
    await engines.keep([])
    assert host.adapters == {}
    assert (await complete(host, request_for(host))).text == "bare"
    await engines.stop()


@pytest.mark.parametrize(
    ("settings", "changes", "problem"),
    [
        ({}, {"trainable_token_indices": [1, 2]}, "trained token rows"),
        ({"release": "first-student"}, {}, "FORETYPE_MODEL_RELEASE=none"),
        ({"adapter": Path("some")}, {}, "FORETYPE_MODEL_RELEASE=none"),
        ({}, {"other_base": True}, "made for tiny, which is not the model served"),
    ],
)
def test_adapters_that_cannot_be_added(
    tiny_folder: Path,
    tmp_path: Path,
    settings: dict[str, Any],
    changes: dict[str, Any],
    problem: str,
) -> None:
    is_other = changes.pop("other_base", False)
    base = write_tiny_model(tmp_path / "other", seed=3) if is_other else tiny_folder
    release = written(base, tmp_path / "student", 1, **changes)
    config = ModelConfig(engine="vllm", path=tiny_folder, **settings)
    with pytest.raises(ModelFilesError, match=problem):
        check_can_be_added(open_release(release), config)


def test_a_whole_model_cannot_be_added(tiny_folder: Path, tmp_path: Path) -> None:
    release = write_tiny_release(tiny_folder, tmp_path / "whole", is_adapter=False)
    config = ModelConfig(engine="remote", path=tiny_folder)
    with pytest.raises(ModelFilesError, match="whole model"):
        check_can_be_added(open_release(release), config)


def test_without_weights_here_a_presets_name_decides(tiny_folder: Path, tmp_path: Path) -> None:
    """As it is for servers elsewhere."""
    release = written(tiny_folder, tmp_path / "student", 1)
    vocabulary = tmp_path / "vocabulary"
    write_tiny_model(vocabulary)
    (vocabulary / "model.safetensors").unlink()
    config = ModelConfig(engine="remote", preset="qwen2.5-coder-0.5b", path=vocabulary)
    with pytest.raises(ModelFilesError, match="not the model served"):
        check_can_be_added(open_release(release), config)
    made = open_release(release)
    base = BaseModelRecord(name="Qwen2.5-Coder-0.5B", weights_sha256="0" * 64)
    record = made.record.model_copy(update={"base": base})
    check_can_be_added(Release(release, record), config)


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    with running(made):
        yield made


async def test_servers_elsewhere_load_the_adapter(
    server: Server, tiny_folder: Path, releases: list[str]
) -> None:
    config = ModelConfig(engine="remote", path=tiny_folder)
    async with engine_for(tiny_folder, server) as remote:
        server.behaviour = says(remote, "ok")
        engines = Engines(remote, partial(build_beside, remote, config))
        await engines.keep(releases)
        names = [_served_name(each) for each in releases]
        assert server.adapters == dict(zip(names, releases, strict=True))
        for release in ("", *releases):
            engine = engines.of(release)
            assert engine is not None
            assert (await complete(engine, request_for(engine))).text == "ok"
        asked = [body["model"] for body, _headers in server.requests]
        assert asked == [*names, "student", *names]
        server.behaviour.status = 500
        await engines.keep([releases[0]])
        assert list(engines.served) == ["", releases[0]]
        await engines.keep(releases)
        assert engines.problems == {releases[1]: "no server loads the adapter"}
        await engines.stop()


def _served_name(release: str) -> str:
    record = open_release(Path(release)).record
    return Adapter(f"{record.name}-{record.version}", Path(release)).served_name


@pytest.mark.model
async def test_the_shipped_release_twice_beside_the_bare_model(real_folder: Path) -> None:
    """No engine disturbs another one, nor does it when it goes."""
    assert SHIPPED_RELEASE is not None
    config = ModelConfig(path=real_folder, release="none", precision="float32")
    base = build_engine(config)
    another = build_engine(config.model_copy(update={"release": SHIPPED_RELEASE}))
    engines = Engines(base, partial(build_beside, base, config))

    async def tokens(engine: Engine) -> tuple[int, ...]:
        return (await complete(engine, request_for(engine, max_tokens=16))).tokens

    await engines.start()
    bare = await tokens(base)
    await another.start()
    adapted = await tokens(another)
    await engines.keep([SHIPPED_RELEASE])
    beside = engines.of(SHIPPED_RELEASE)
    assert beside is not None and bare != adapted
    answers = await asyncio.gather(*map(tokens, (base, beside, another)))
    assert list(answers) == [bare, adapted, adapted]
    await engines.keep([])
    assert await tokens(base) == bare
    await another.stop()
    await engines.stop()
