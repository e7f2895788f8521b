"""A served release decides how it is asked, unless the settings say otherwise."""

from pathlib import Path

import httpx
import pytest
import torch

from model import Engine, FakeEngine, ModelCard, ModelConfig, build_engine
from prompt_format import PromptInput, RenderedPrompt, TokenBudget, find_format
from rollout import RolloutConfig
from server.app import create_app
from server.settings import Settings, SettingsError
from tests.model.tiny import write_tiny_model
from tests.model.tiny_release import write_tiny_release
from tests.server.conftest import MakeClient, until_ready
from tests.server.test_start import start

TEXT = "def add(a, b):\n    ret\n"
CURSOR = TEXT.index("ret") + 3
CARD = ModelCard("foretype-region", max_prompt_tokens=500, max_output_tokens=90, temperature=0.4)


async def arm_of(make_client: MakeClient, engine: FakeEngine, settings: Settings) -> object:
    async with make_client(engine, settings) as client:
        [served] = (await client.http.get("/v1/models")).json()["data"]
        await client.predict(path="add.py", text=TEXT, cursor=CURSOR)
    [arm] = served["arms"]
    request = engine.requests[-1]
    assert request.max_tokens == arm["max_output_tokens"]
    return (
        arm["prompt_format"],
        arm["max_prompt_tokens"],
        arm["max_output_tokens"],
        request.sampling.temperature,
    )


async def test_the_models_card_fills_what_the_settings_leave_open(make_client: MakeClient) -> None:
    plain = Settings()
    bare = await arm_of(make_client, FakeEngine(), plain)
    assert bare == ("completion", 1024, 48, 0.0)
    released = await arm_of(make_client, FakeEngine(card=CARD), plain)
    assert released == ("foretype-region", 500, 90, 0.4)
    chosen = RolloutConfig(prompt_format="completion", max_output_tokens=7, temperature=0.0)
    overridden = await arm_of(make_client, FakeEngine(card=CARD), Settings(rollout=chosen))
    assert overridden == ("completion", 500, 7, 0.0)


def test_a_release_in_a_format_of_another_time_does_not_start() -> None:
    engine = FakeEngine(card=ModelCard("foretype-next", 500, 90))
    with pytest.raises(SettingsError, match="prompt format foretype-next"):
        create_app(Settings(), engine=engine)


@pytest.fixture(scope="module")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def tiny_release(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_release(tiny_base, tmp_path_factory.mktemp("releases") / "student")


def num_prompt_tokens(engine: Engine, format_name: str, max_prompt_tokens: int) -> int:
    """Tokens of the prompt that ``format_name`` makes of the text."""
    prompt_input = PromptInput(
        cursor_path="add.py", cursor_excerpt=TEXT, cursor_offset_in_excerpt=CURSOR
    )
    budget = TokenBudget(count=engine.tokenizer.count, max_prompt_tokens=max_prompt_tokens)
    rendered = find_format(format_name).render(prompt_input, budget)
    assert isinstance(rendered, RenderedPrompt)
    return len(engine.tokenizer.encode(rendered.model_input, rendered.special_tokens))


async def test_a_prediction_is_made_by_the_release(tiny_base: Path, tiny_release: Path) -> None:
    torch.set_num_threads(1)
    model = ModelConfig(
        path=tiny_base, release=str(tiny_release), precision="float32", num_threads=1
    )
    settings = Settings(model=model)
    engine = build_engine(settings.model)
    app = create_app(settings, engine=engine)
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test") as http,
    ):
        await until_ready(http)
        body = {"path": "add.py", "text": TEXT, "cursor": CURSOR}
        answer = (await http.post("/v1/predict", json=body)).json()
        [served] = (await http.get("/v1/models")).json()["data"]
        wanted = num_prompt_tokens(engine, "foretype-span", 640)
        others = num_prompt_tokens(engine, "completion", 640)
    assert answer["usage"]["prompt_tokens"] == wanted != others
    assert 0 < answer["usage"]["generated_tokens"] <= 24
    assert served["id"] == "tiny-student-1"
    assert served["version"] == answer["model_version"] == engine_version(tiny_base, tiny_release)
    assert served["arms"][0]["prompt_format"] == "foretype-span"


def engine_version(base: Path, release: Path) -> str:
    """The base's digest and the release's."""
    from model.weights import open_model_folder, open_release

    return f"{open_model_folder(base).version}+{open_release(release).record.version}"


@pytest.mark.parametrize(
    ("release", "said"),
    [("no-such-release", "no-such-release"), ("/no/such/folder", "FORETYPE_MODEL_RELEASE")],
)
def test_a_release_that_is_not_there_ends_the_start_in_one_line(release: str, said: str) -> None:
    process = start(FORETYPE_MODEL_RELEASE=release)
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (2, "")
    [line] = errors.splitlines()
    assert line.startswith("foretype: cannot start: there is no release")
    assert said in line


def test_a_model_that_the_release_does_not_fit_ends_the_start(
    tiny_release: Path, tmp_path: Path
) -> None:
    other = write_tiny_model(tmp_path, seed=3)
    process = start(FORETYPE_MODEL_RELEASE=str(tiny_release), FORETYPE_MODEL_PATH=str(other))
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "FORETYPE_MODEL_RELEASE=none" in errors.splitlines()[-1]
