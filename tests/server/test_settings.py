"""Settings: from variables, strictly."""

from pathlib import Path

import pytest

from server.settings import SettingsError, read_settings, variables


def read(monkeypatch: pytest.MonkeyPatch, **environment: str) -> object:
    import os

    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return read_settings(os.environ)


def test_a_variable_sets_the_field_of_its_section(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORETYPE_SERVER_PORT", "9001")
    monkeypatch.setenv("FORETYPE_MODEL_PATH", "/models/mine")
    monkeypatch.setenv("FORETYPE_ROLLOUT_PROMPT_FORMAT", "zeta1")
    settings = read_settings()
    assert settings.server.port == 9001
    assert settings.model.path == Path("/models/mine")
    assert settings.rollout.prompt_format == "zeta1"
    assert settings.server.host == "127.0.0.1"


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("FORETYPE_SERVER_PROT", "1", "did you mean FORETYPE_SERVER_PORT?"),
        ("FORETYPE_SERVER", "{}", "FORETYPE_SERVER is not a setting"),
        ("FORETYPE_NONSENSE", "1", "FORETYPE_NONSENSE is not a setting"),
        ("FORETYPE_SERVER_PORT", "ninety", "FORETYPE_SERVER_PORT: "),
        ("FORETYPE_SERVER_PORT", "70000", "FORETYPE_SERVER_PORT: "),
        ("FORETYPE_SERVER_LOG_LEVEL", "chatty", "FORETYPE_SERVER_LOG_LEVEL: "),
        ("FORETYPE_ROLLOUT_TEMPERATURE", "hot", "FORETYPE_ROLLOUT_TEMPERATURE: "),
    ],
)
def test_unknown_and_bad_variables_are_named(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match="^" + variable) as caught:
        read_settings()
    assert said in str(caught.value)


def test_every_variable_is_described() -> None:
    assert all(description for _default, description in variables().values())
