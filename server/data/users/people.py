"""Who may speak for a user about the user's data: the user, by a token, and the administrator.

A user's token is an HMAC of the user's id, so that none has to be stored; whoever runs the server
hands it out: ``python -m server.data token USER``.
"""

import base64
import hashlib
import hmac

from server.bearer import bearer_of, is_token
from server.data.errors import ForbiddenUser

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
        given = bearer_of(authorization)
        if not is_token(given, self._admin_token) and not is_token(given, self.token_of(user)):
            raise ForbiddenUser("the token does not speak for this user")
