"""Sends one question over HTTP and notes what came of it; nothing that a server does is raised."""

import asyncio

import httpx

from benchmarks.replay.keystroke import CLOSED, Keystroke
from benchmarks.replay.protocols import Answer, Question, WireProtocol
from benchmarks.replay.protocols.base import UnreadableAnswer
from benchmarks.replay.typist import EditorState

HANG_SECONDS = 10.0
HEADERS = {"content-type": "application/json"}


class Server:
    """A server to ask, and the protocol that it speaks; after ``hang_seconds`` it hangs."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        protocol: WireProtocol,
        hang_seconds: float = HANG_SECONDS,
    ) -> None:
        self.protocol = protocol
        self._http = http
        self._hang_seconds = hang_seconds

    async def ask(self, state: EditorState, session: str, key: Keystroke) -> Answer | None:
        """The answer to ``state``; ``key`` holds when and how it came, or why it did not."""
        started = asyncio.get_running_loop().time()
        question = self.protocol.ask(state, session)
        if isinstance(question, Answer):
            answer = question
        else:
            try:
                async with asyncio.timeout(self._hang_seconds):
                    answer = question.read(await self._send(question, key))
            except TimeoutError:
                key.outcome = "timeout"
                return None
            except httpx.HTTPError as error:
                key.outcome = type(error).__name__
                return None
            except (UnreadableAnswer, _Refused) as error:
                key.outcome = str(error)
                return None
        key.seconds = asyncio.get_running_loop().time() - started
        key.outcome, key.answer = answer.outcome, answer
        return answer

    async def _send(self, question: Question, key: Keystroke) -> bytes:
        """The whole body. Left by the client, it notes what had come for nothing."""
        came = bytearray()
        try:
            async with self._http.stream(
                "POST", self.protocol.path, content=question.body, headers=HEADERS
            ) as response:
                if response.status_code != 200:
                    raise _Refused(f"status_{response.status_code}")
                async for part in response.aiter_raw():
                    came += part
        except asyncio.CancelledError:
            key.outcome = CLOSED
            key.num_wasted_tokens = question.num_tokens_in(bytes(came))
            raise
        return bytes(came)


class _Refused(Exception):
    """The server answered with another status than 200."""
