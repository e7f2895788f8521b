"""What the package shows, and what importing it must not load."""

import subprocess
import sys

import pytest
from pydantic import ValidationError

import model
from model import FakeEngine, GenerationRequest, ModelConfig, build_engine
from model.threads import limit_spinning


def test_names_are_sorted_and_there() -> None:
    assert list(model.__all__) == sorted(model.__all__)
    assert all(hasattr(model, name) for name in model.__all__)


@pytest.mark.parametrize("action", ["pass", "model.build_engine(model.ModelConfig(engine='fake'))"])
def test_no_inference_library_is_loaded_before_it_is_needed(action: str) -> None:
    script = f"import sys, model; {action}; print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    loaded = done.stdout.decode()
    for library in ("torch", "tokenizers", "safetensors", "gguf", "numpy", "transformers"):
        assert f"'{library}'" not in loaded


def test_an_engine_is_named_by_its_kind() -> None:
    assert isinstance(build_engine(ModelConfig(engine="fake")), FakeEngine)
    with pytest.raises(ValidationError):
        ModelConfig.model_validate({"kind": "other"})


def test_settings_are_described_frozen_and_closed() -> None:
    assert all(field.description for field in ModelConfig.model_fields.values())
    with pytest.raises(ValidationError):
        ModelConfig.model_validate({"no_such_setting": 1})


@pytest.mark.parametrize(("tokens", "room"), [((), 1), ((1,), 0)])
def test_an_impossible_request_is_refused(tokens: tuple[int, ...], room: int) -> None:
    with pytest.raises(ValueError, match="needs a prompt token"):
        GenerationRequest(tokens, room)


def test_threads_spin_briefly_unless_the_user_says_otherwise() -> None:
    plain: dict[str, str] = {}
    limit_spinning(plain)
    assert int(plain["GOMP_SPINCOUNT"]) < 100_000
    for name in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY"):
        chosen = {name: "ACTIVE"}
        limit_spinning(chosen)
        assert chosen == {name: "ACTIVE"}
