"""The two ways in which endpoints are asked: what the body, the headers and the answer look like.

- ``openai``: ``/v1/chat/completions``, as most servers of open models speak it, too;
- ``anthropic``: ``/v1/messages``. It has no seed; repetitions differ by chance alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from training.teacher.errors import InvalidAnswer
from training.teacher.values import Answer, Question

ANTHROPIC_VERSION = "2023-06-01"
MOST_TOKENS = 1 << 40


class Dialect(Protocol):
    """Facts and translations, no I/O."""

    @property
    def path(self) -> str: ...

    def headers(self, key: str | None) -> dict[str, str]: ...

    def body(self, question: Question) -> dict[str, Any]: ...

    def read(self, body: Any) -> Answer:
        """Raises ``InvalidAnswer`` if ``body`` is not of the expected form."""
        ...


@dataclass(frozen=True, slots=True)
class OpenAiDialect:
    """``max_tokens_field``: newer models want ``max_completion_tokens``."""

    max_tokens_field: str = "max_tokens"
    path: str = "/v1/chat/completions"

    def headers(self, key: str | None) -> dict[str, str]:
        return {"Authorization": f"Bearer {key}"} if key else {}

    def body(self, question: Question) -> dict[str, Any]:
        sampling = question.sampling
        body = _body(question)
        body[self.max_tokens_field] = sampling.max_tokens
        if sampling.seed is not None:
            body["seed"] = (sampling.seed + question.repetition) % (1 << 31)
        return body | dict(sampling.extra)

    def read(self, body: Any) -> Answer:
        try:
            choice = body["choices"][0]
            text = choice["message"].get("content") or ""
            usage = body.get("usage") or {}
            details = usage.get("prompt_tokens_details") or {}
            finish_reason = choice.get("finish_reason") or ""
            answer = Answer(
                text=text,
                finish_reason=finish_reason,
                is_truncated=finish_reason == "length",
                num_prompt_tokens=_count(usage, "prompt_tokens"),
                num_cached_tokens=_count(details, "cached_tokens"),
                num_tokens=_count(usage, "completion_tokens"),
            )
        except (LookupError, TypeError, AttributeError, ValueError, OverflowError):
            raise _invalid(body, "no chat completion") from None
        return _checked(answer)


@dataclass(frozen=True, slots=True)
class AnthropicDialect:
    """See the module."""

    path: str = "/v1/messages"

    def headers(self, key: str | None) -> dict[str, str]:
        headers = {"anthropic-version": ANTHROPIC_VERSION}
        return headers | {"x-api-key": key} if key else headers

    def body(self, question: Question) -> dict[str, Any]:
        body = _body(question) | {"max_tokens": question.sampling.max_tokens}
        return body | dict(question.sampling.extra)

    def read(self, body: Any) -> Answer:
        try:
            blocks = [block for block in body["content"] if block["type"] == "text"]
            usage = body.get("usage") or {}
            num_read = _count(usage, "cache_read_input_tokens")
            num_written = _count(usage, "cache_creation_input_tokens")
            finish_reason = body.get("stop_reason") or ""
            answer = Answer(
                text="".join(block["text"] for block in blocks),
                finish_reason=finish_reason,
                is_truncated=finish_reason == "max_tokens",
                num_prompt_tokens=_count(usage, "input_tokens") + num_read + num_written,
                num_cached_tokens=num_read,
                num_tokens=_count(usage, "output_tokens"),
            )
        except (LookupError, TypeError, AttributeError, ValueError, OverflowError):
            raise _invalid(body, "no message") from None
        return _checked(answer)


def _body(question: Question) -> dict[str, Any]:
    """What both have in common."""
    messages = [{"role": each.role, "content": each.text} for each in question.messages]
    body: dict[str, Any] = {"model": question.model, "messages": messages}
    chosen: Mapping[str, float | None] = {
        "temperature": question.sampling.temperature,
        "top_p": question.sampling.top_p,
    }
    return body | {name: value for name, value in chosen.items() if value is not None}


def _count(usage: Mapping[str, Any], name: str) -> int:
    """A number of tokens, 0 where it is not told. Raises ``ValueError`` for one that cannot be."""
    number = int(usage.get(name) or 0)
    if not 0 <= number <= MOST_TOKENS:
        raise ValueError(name)
    return number


def _invalid(body: Any, what: str) -> InvalidAnswer:
    is_error = isinstance(body, dict) and bool(body.get("error"))
    return InvalidAnswer(f"the endpoint's answer is {'an error object' if is_error else what}")


def _checked(answer: Answer) -> Answer:
    if not isinstance(answer.text, str) or not isinstance(answer.finish_reason, str):
        raise InvalidAnswer("the text of the endpoint's answer is no text")
    try:
        answer.text.encode()
    except UnicodeEncodeError:  # JSON can write half a character
        raise InvalidAnswer("the text of the endpoint's answer is no Unicode") from None
    return answer
