"""``/v1/users/{user}/…``: consents, and what is held of a user."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field, StringConstraints

from server.data.consent.grants import Grant
from server.wire.predict import Text
from server.wire.shapes import Request, Response

MAX_LICENSE_CHARS = 200_000

Project = Annotated[Text, StringConstraints(min_length=1, max_length=2048)]


class ConsentRequest(Request):
    """A user's consent that the code of a project may be recorded and learnt from."""

    project: Project = Field(description="As in predictions; * is all of the user's projects.")
    policy_version: Annotated[Text, StringConstraints(min_length=1, max_length=64)] = Field(
        description="Version of the data policy that the user has agreed to."
    )
    source: Annotated[Text, StringConstraints(max_length=256)] = Field(
        default="", description="Where the user said so: an editor's dialog, a form."
    )
    license_text: Annotated[Text, StringConstraints(max_length=MAX_LICENSE_CHARS)] | None = Field(
        default=None, description="The project's licence file, to be read as to what it permits."
    )


class ConsentOut(Response):
    """A consent that stands."""

    project: str
    consent_id: str
    time: datetime
    policy_version: str
    source: str
    license: str | None = Field(description="SPDX id of a permissive licence, if one was read.")

    @classmethod
    def of(cls, grant: Grant) -> Self:
        return cls(
            project=grant.project,
            consent_id=grant.consent_id,
            time=grant.time,
            policy_version=grant.policy_version,
            source=grant.source,
            license=grant.license,
        )


class ConsentsOut(Response):
    """``policy_version`` is the one in force: consents to another do not count."""

    policy_version: str
    consents: list[ConsentOut]


class ErasedOut(Response):
    """``erased`` is false if nothing was held."""

    erased: bool
