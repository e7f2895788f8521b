"""Who may speak for a user about the user's data: the user, by a token, and the administrator.

A user's token is an HMAC of the user's id, so that none has to be stored; whoever runs the server
hands it out: ``python -m server.data token USER``.
"""

import base64
import hashlib
import hmac

from server.data.errors import ForbiddenUser, Unauthenticated

TOKEN_BYTES = 24


class People:
    """Makes and checks tokens. ``secret`` is shared by all servers of a deployment."""

    def __init__(self, secret: bytes, admin_token: str | None) -> None:
        self._secret = secret
        self._admin_token = admin_token

    def token_of(self, user: str) -> str:
        """The token that lets ``user`` speak for themself."""
        digest = hmac.digest(self._secret, f"user\0{user}".encode(), hashlib.sha256)
        return "ftu_" + base64.urlsafe_b64encode(digest[:TOKEN_BYTES]).decode()

    def check(self, authorization: str | None, user: str) -> None:
        """Whether a request with this header may speak for ``user``.

        Raises ``Unauthenticated`` without a bearer token, ``ForbiddenUser`` with another one.
        """
        scheme, _space, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated("a bearer token is needed")
        given = token.strip().encode()
        is_admin = self._admin_token is not None and hmac.compare_digest(
            given, self._admin_token.encode()
        )
        if not is_admin and not hmac.compare_digest(given, self.token_of(user).encode()):
            raise ForbiddenUser("the token does not speak for this user")
