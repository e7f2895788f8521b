"""One HTTP endpoint: patient with what may pass, strict with what will not.

Timeouts, broken connections, 429 and 5xx are tried again, after what ``Retry-After`` asks for or
ever longer; any other 4xx is not. A wrong address or key ends the run, as no row could succeed.
"""

import asyncio
import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

import httpx
import tenacity

from training.errors import RunError
from training.teacher.config import EndpointConfig
from training.teacher.costs import Costs
from training.teacher.errors import (
    EndpointUnavailable,
    InvalidAnswer,
    NothingThere,
    RequestRefused,
)

TOO_MANY_REQUESTS = 429
MAY_PASS = frozenset({408, 409, 425})
NOTHING_HERE = frozenset({404, 405})
NOT_ALLOWED = frozenset({401, 402, 403, 407})
LARGEST_ANSWER_BYTES = 8 << 20
"""An answer of JSON, not a file: a hundred times what a model writes."""
_GROWTH = 2


class _Again(Exception):
    """May pass. ``wait_seconds`` is what the endpoint asks for, if it does."""

    def __init__(self, reason: str, wait_seconds: float | None = None) -> None:
        super().__init__(reason)
        self.wait_seconds = wait_seconds


class Endpoint:
    """``client`` has the base URL, the headers and the timeout."""

    def __init__(self, client: httpx.AsyncClient, config: EndpointConfig, costs: Costs) -> None:
        self._client = client
        self._config = config
        self._costs = costs
        self._backoff = tenacity.wait_random_exponential(
            multiplier=config.first_wait_seconds,
            max=config.longest_wait_seconds,
            exp_base=_GROWTH,
        )

    async def json(self, method: str, path: str, **sent: Any) -> Any:
        """The body of a good answer. Raises ``RowError``, or ``RunError`` for a wrong address."""
        body = await self.body(method, path, most_bytes=LARGEST_ANSWER_BYTES, **sent)
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            raise InvalidAnswer("the endpoint's answer is no JSON") from None

    async def body(
        self,
        method: str,
        path: str,
        *,
        is_repeatable: bool = True,
        seconds: float | None = None,
        most_bytes: int | None = None,
        **sent: Any,
    ) -> bytes:
        """As ``json``, unread. What is not repeatable is so only where asked to wait.

        ``seconds`` is all that one attempt may take, however steadily its bytes arrive.
        """
        once = partial(self._once, seconds=seconds, most_bytes=most_bytes)
        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception(
                lambda error: (
                    isinstance(error, _Again) and (is_repeatable or error.wait_seconds is not None)
                )
            ),
            stop=tenacity.stop_after_attempt(self._config.attempts),
            wait=self._wait,
            before_sleep=self._count_retry,
            reraise=True,
        )
        try:
            return await retrying(once, method, path, sent)
        except _Again as error:
            raise EndpointUnavailable(f"the endpoint fails: {error}") from None

    async def _once(
        self,
        method: str,
        path: str,
        sent: dict[str, Any],
        *,
        seconds: float | None,
        most_bytes: int | None,
    ) -> bytes:
        try:
            async with (
                asyncio.timeout(seconds),
                self._client.stream(method, path, **sent) as response,
            ):
                content = await _read(response, most_bytes)
        except (httpx.TransportError, httpx.DecodingError, TimeoutError) as error:
            raise _Again(type(error).__name__) from None
        _check_status(response, path)
        if content is None:
            raise InvalidAnswer(f"the endpoint's answer has more than {most_bytes:,} bytes")
        return content

    def _wait(self, state: tenacity.RetryCallState) -> float:
        """What the endpoint asks for, within the longest wait; else ever longer, by chance."""
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, _Again) and error.wait_seconds:
            return min(error.wait_seconds, self._config.longest_wait_seconds)
        return self._backoff(state)

    def _count_retry(self, _state: tenacity.RetryCallState) -> None:
        self._costs.num_retries += 1


async def _read(response: httpx.Response, most_bytes: int | None) -> bytes | None:
    """The body; None if it has more than ``most_bytes``."""
    content = bytearray()
    async for part in response.aiter_bytes():
        content += part
        if most_bytes is not None and len(content) > most_bytes:
            return None
    return bytes(content)


def _check_status(response: httpx.Response, path: str) -> None:
    status = response.status_code
    if status == TOO_MANY_REQUESTS:
        raise _Again(f"status {status}", retry_after_seconds(response.headers) or 0.0)
    if response.is_server_error or status in MAY_PASS:
        raise _Again(f"status {status}", retry_after_seconds(response.headers))
    if status in NOTHING_HERE:
        raise NothingThere(f"the endpoint knows nothing at {path}: check address and model")
    if response.is_redirect:
        raise RunError(f"the endpoint answers {status}, it has moved: give its new address")
    if status in NOT_ALLOWED:
        raise RunError(f"the endpoint answers {status}: check the key and what it may be used for")
    if not response.is_success:
        raise RequestRefused(f"the endpoint refuses the request with status {status}")


def retry_after_seconds(headers: httpx.Headers) -> float | None:
    """Seconds to wait, from a number or a date."""
    given = headers.get("retry-after", "")
    try:
        return max(0.0, float(given))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(given)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
