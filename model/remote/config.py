"""The settings of the engine that asks other servers."""

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, SecretStr, field_validator


class RemoteConfig(BaseModel):
    """Where the model is served, and how it is asked.

    The tokenizer and the release's card are read from this machine's disk, as ``ModelConfig`` says:
    prompts are sent as tokens.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    urls: str = Field(
        default="http://127.0.0.1:8100",
        description="Servers, separated by commas: vLLM's OpenAI servers, or a vllm-router.",
    )
    model: str | None = Field(
        default=None, description="Name of the model there; unset: the first that is listed."
    )
    api_key: SecretStr | None = Field(
        default=None, description="Sent as a bearer token; unset: none."
    )
    session_secret: SecretStr | None = Field(
        default=None,
        description="Key that hides sessions' names from the servers; the same for all replicas of"
        " this server; unset: a random one.",
    )
    max_connections: int = Field(
        default=100, ge=1, description="Requests to all servers at the same time."
    )

    @property
    def servers(self) -> tuple[str, ...]:
        """The addresses, without a slash at the end."""
        return tuple(url.strip().rstrip("/") for url in self.urls.split(",") if url.strip())

    @field_validator("urls")
    @classmethod
    def _are_addresses(cls, urls: str) -> str:
        parts = [url.strip() for url in urls.split(",") if url.strip()]
        if not parts or not all(part.startswith(("http://", "https://")) for part in parts):
            raise ValueError("expected addresses like http://gpu-1:8100, separated by commas")
        for part in parts:
            HttpUrl(part)
        return urls
