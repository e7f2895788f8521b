"""Bearer tokens, compared in constant time."""

import hmac
from typing import ClassVar


class Unauthenticated(Exception):
    """The request does not say who sends it, or proves it wrongly."""

    code: ClassVar[str] = "unauthenticated"


class ForbiddenToken(Exception):
    """The token is not the one that may do this."""

    code: ClassVar[str] = "forbidden"


def bearer_of(authorization: str | None) -> bytes:
    """The token of an ``Authorization`` header. Raises ``Unauthenticated`` without one."""
    scheme, _space, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("a bearer token is needed")
    return token.strip().encode()


def is_token(given: bytes, wanted: str | None) -> bool:
    """Whether it is that one; none is never."""
    return wanted is not None and hmac.compare_digest(given, wanted.encode())
