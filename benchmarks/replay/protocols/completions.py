"""``POST /v1/completions``: any OpenAI-style server, with a prompt that the editor builds.

The editor also reads and judges what the model writes, as our server does. It asks for a stream: a
client that leaves one stops the work of most servers.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.replay.protocols.base import (
    EDIT,
    EDITOR,
    Answer,
    Question,
    UnreadableAnswer,
    apply,
    understood,
)
from benchmarks.replay.typist import EditorState
from model import FinishReason, Tokenizer
from prediction import budget_for, objection_to, read_edit
from prompt_format import (
    NoEdit,
    PromptFormat,
    PromptInput,
    RenderedPrompt,
    cursor_excerpt_range,
)
from quality import JudgeConfig

DATA = b"data:"
DONE = b"[DONE]"


@dataclass(frozen=True, slots=True)
class CompletionQuestion:
    """One prompt, and what is needed to read the edit out of the answer."""

    body: bytes
    prompt_format: PromptFormat
    prompt_input: PromptInput
    rendered: RenderedPrompt
    num_prompt_tokens: int
    text: bytes
    excerpt_start: int

    def read(self, answer: bytes) -> Answer:
        with understood():
            return self._read(list(_chunks(answer)))

    def _read(self, chunks: list[dict[str, Any]]) -> Answer:
        choices = [choice for chunk in chunks for choice in chunk["choices"]]
        output = "".join(choice["text"] for choice in choices)
        if choices[-1]["finish_reason"] is None:
            raise UnreadableAnswer("unfinished")
        is_cut = choices[-1]["finish_reason"] == "length"
        text, outcome = self._edited(output, FinishReason.LENGTH if is_cut else FinishReason.STOP)
        usage = next((chunk["usage"] for chunk in chunks if chunk.get("usage")), None)
        num_generated = usage["completion_tokens"] if usage else _num_texts(choices)
        details = (usage or {}).get("prompt_tokens_details") or {}
        cached = details.get("cached_tokens")
        return Answer(
            text=text,
            outcome=outcome,
            num_prefilled=None if cached is None else self.num_prompt_tokens - cached,
            num_generated=num_generated,
            num_steps=num_generated,
        )

    def _edited(self, output: str, reason: FinishReason) -> tuple[str | None, str]:
        edit = read_edit(self.prompt_format, self.rendered, output, reason)
        if isinstance(edit, str):
            return None, str(edit)
        objection = objection_to(
            edit, self.prompt_input, self.rendered, output, reason, JudgeConfig()
        )
        if objection:
            return None, str(objection)
        start = self.excerpt_start + edit.editable_range.start
        end = self.excerpt_start + edit.editable_range.end
        return apply(self.text, start, end, edit.new_text), EDIT

    def num_tokens_in(self, part: bytes) -> int:
        whole_lines = part[: part.rfind(b"\n") + 1]
        try:
            with understood():
                return _num_texts([c for chunk in _chunks(whole_lines) for c in chunk["choices"]])
        except UnreadableAnswer:
            return 0


@dataclass(frozen=True, slots=True)
class Completions:
    """Prompts of one format, within the limits that our server has for the model."""

    prompt_format: PromptFormat
    tokenizer: Tokenizer
    max_prompt_tokens: int
    max_output_tokens: int
    path: str = "/v1/completions"
    client_closes: bool = True

    def ask(self, state: EditorState, session: str) -> Question | Answer:
        text = state.text.encode()
        cursor = len(state.text[: state.cursor].encode())
        excerpt = cursor_excerpt_range(text, cursor)
        prompt_input = PromptInput(
            cursor_path=state.path,
            cursor_excerpt=text[excerpt.start : excerpt.end].decode(),
            cursor_offset_in_excerpt=cursor - excerpt.start,
            excerpt_start_row=text.count(b"\n", 0, excerpt.start),
            events=state.events,
        )
        budget = budget_for(
            self.tokenizer.count,
            self.max_prompt_tokens + self.max_output_tokens,
            max_prompt_tokens=self.max_prompt_tokens,
            max_output_tokens=self.max_output_tokens,
        )
        rendered = self.prompt_format.render(prompt_input, budget)
        if isinstance(rendered, NoEdit):
            return Answer(None, str(rendered.reason), EDITOR, 0, 0, 0)
        return CompletionQuestion(
            body=self._body(rendered),
            prompt_format=self.prompt_format,
            prompt_input=prompt_input,
            rendered=rendered,
            num_prompt_tokens=len(
                self.tokenizer.encode(rendered.model_input, rendered.special_tokens)
            ),
            text=text,
            excerpt_start=excerpt.start,
        )

    def _body(self, rendered: RenderedPrompt) -> bytes:
        said = {
            "prompt": rendered.model_input,
            "max_tokens": self.max_output_tokens,
            "temperature": 0,
            "stop": list(rendered.stop),
            "skip_special_tokens": False,  # vLLM's, which leaves markers out otherwise
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        return json.dumps(said).encode()


def _chunks(answer: bytes) -> Iterator[dict[str, Any]]:
    """The objects of a stream of server-sent events. Raises ``ValueError``."""
    for line in answer.splitlines():
        if line.startswith(DATA) and line.removeprefix(DATA).strip() != DONE:
            yield json.loads(line.removeprefix(DATA))


def _num_texts(choices: list[dict[str, Any]]) -> int:
    """Chunks with a text: servers send one for each token."""
    return sum(bool(choice["text"]) for choice in choices)
