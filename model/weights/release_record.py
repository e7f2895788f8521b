"""What ``release.json`` says of a released model: what it is, how it is asked, how it came to be.

Written by the training package, read by engines. Fields are only ever added, with a default.
"""

import hashlib
import json
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

VERSION_DIGITS = 12
RELEASE_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"

Sha256 = Field(pattern="^[0-9a-f]{64}$")


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", protected_namespaces=())


class ReleasedFile(_Record):
    """``size`` in bytes."""

    size: int = Field(ge=0)
    sha256: str = Sha256


class BaseModelRecord(_Record):
    """The one model that an adapter fits: the digest is its ``model.safetensors`` file's."""

    name: str
    weights_sha256: str = Sha256


class TokenLimits(_Record):
    """Longest prompt and longest answer in tokens, as trained and evaluated."""

    max_prompt_tokens: int = Field(ge=64)
    max_output_tokens: int = Field(ge=1)


class SamplingRecord(_Record):
    """Temperature 0 is greedy."""

    temperature: float = Field(default=0.0, ge=0.0, le=2.0)


class ObservationRecord(_Record):
    """What the model was shown: the line being typed in the edit history, too, or only as text."""

    typed_line: bool = True


class ReleaseRecord(_Record):
    """``files`` are those that decide what the model computes; ``version`` is their digest's.

    ``base`` is absent where the release holds whole weights. ``evaluation`` is the summary of the
    evaluation, ``data`` the manifest of data and consent, ``training`` how the weights came to be.
    """

    schema_version: Literal[1] = 1
    name: str = Field(pattern=RELEASE_NAME)
    version: str
    base: BaseModelRecord | None = None
    prompt_format: str
    limits: TokenLimits
    sampling: SamplingRecord = SamplingRecord()
    observation: ObservationRecord = ObservationRecord()
    files: dict[str, ReleasedFile]
    license: str
    created: date
    evaluation: dict[str, Any] = Field(default_factory=dict)
    data: dict[str, Any] = Field(default_factory=dict)
    training: dict[str, Any] = Field(default_factory=dict)

    def computed_version(self) -> str:
        """Digest of all that changes an answer, the name and the story left out."""
        parts = self.model_dump(
            mode="json", include={"base", "prompt_format", "limits", "sampling", "files"}
        )
        if self.observation != ObservationRecord():  # older releases do not have it
            parts["observation"] = self.observation.model_dump()
        canonical = json.dumps(parts, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:VERSION_DIGITS]
