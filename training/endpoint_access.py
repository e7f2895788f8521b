"""What is known of an endpoint before it is asked: its address and its key.

Both are given by people, and both may hold secrets: no message quotes them.
"""

import os

import httpx

from training.errors import RunError

HIGHEST_PORT = 65_535


def base_address(given: str) -> str:
    """The address that ``/v1/…`` follows. Raises ``RunError`` where nothing can be asked there."""
    try:
        url = httpx.URL(given.strip())
    except (httpx.InvalidURL, ValueError):
        raise RunError("the endpoint's address is no URL") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise RunError("the endpoint's address must begin with http:// or https:// and a host")
    if url.port is not None and not 0 < url.port <= HIGHEST_PORT:
        raise RunError(f"the endpoint's address has the port {url.port}, which none can have")
    if url.userinfo or url.query or url.fragment:
        raise RunError(
            "the endpoint's address holds more than host and path; a key belongs into an"
            " environment variable, as addresses are written down"
        )
    return str(url).rstrip("/").removesuffix("/v1")


def key_in(variable: str | None) -> str | None:
    """The API key that an environment variable holds, less blanks around it; None without one.

    Raises ``RunError`` if it holds none, or what cannot be sent.
    """
    if variable is None:
        return None
    key = os.environ.get(variable, "").strip()
    if not key:
        raise RunError(f"the environment variable {variable} holds no key")
    if not (key.isascii() and key.isprintable()):
        raise RunError(f"the environment variable {variable} holds characters that no key has")
    return key
