"""All settings, read once at the start from ``FORETYPE_<SECTION>_<FIELD>`` variables.

Each section is defined by the package that it configures. A variable that no field answers to, or a
value that its field refuses, stops the start with the variable's name.
"""

import difflib
import os
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from model import ModelConfig, RemoteConfig, VllmConfig
from quality import JudgeConfig
from rollout import ExperimentsConfig, RolloutConfig
from server.data.config import DataConfig
from server.sessions import SessionsConfig

PREFIX = "FORETYPE_"


class SettingsError(Exception):
    """The environment holds a variable that cannot be used. The message names it."""


class ServerConfig(BaseModel):
    """The HTTP side."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port to listen on.")
    max_body_bytes: int = Field(
        default=2_097_152, ge=1024, description="Larger request bodies are refused with 413."
    )
    deadline_ms: int = Field(
        default=5000, ge=1, description="Time for a prediction when the client sets no deadline."
    )
    log_level: str = Field(
        default="info",
        pattern="^(debug|info|warning|error)$",
        description="Least severe log records to print: debug, info, warning or error.",
    )


class Settings(BaseSettings):
    """Every setting of the process. ``variables`` lists their names."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="_",
        env_nested_max_split=1,
        frozen=True,
        extra="forbid",
    )

    server: ServerConfig = Field(default_factory=ServerConfig)
    model: ModelConfig = Field(default_factory=ModelConfig)
    vllm: VllmConfig = Field(default_factory=VllmConfig)
    remote: RemoteConfig = Field(default_factory=RemoteConfig)
    rollout: RolloutConfig = Field(default_factory=RolloutConfig)
    experiments: ExperimentsConfig = Field(default_factory=ExperimentsConfig)
    judge: JudgeConfig = Field(default_factory=JudgeConfig)
    data: DataConfig = Field(default_factory=DataConfig)
    sessions: SessionsConfig = Field(default_factory=SessionsConfig)


def variables() -> dict[str, tuple[object, str]]:
    """Every variable's name with its default and its one-line description."""
    found: dict[str, tuple[object, str]] = {}
    for section, section_field in Settings.model_fields.items():
        config = section_field.annotation
        assert isinstance(config, type) and issubclass(config, BaseModel)
        for name, field in config.model_fields.items():
            variable = f"{PREFIX}{section}_{name}".upper()
            default = field.get_default(call_default_factory=True)
            found[variable] = (default, field.description or "")
    return found


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings of the process environment. Raises ``SettingsError`` naming the bad variable."""
    known = variables()
    for variable in environment:
        if variable.startswith(PREFIX) and variable not in known:
            near = difflib.get_close_matches(variable, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise SettingsError(f"{variable} is not a setting{hint}")
    try:
        return Settings()
    except ValidationError as error:
        problems = [
            f"{PREFIX}{'_'.join(str(part) for part in problem['loc'])}".upper()
            + f": {problem['msg']}"
            for problem in error.errors()
        ]
        raise SettingsError("; ".join(problems)) from None
