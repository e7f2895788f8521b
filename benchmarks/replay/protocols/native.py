"""``POST /v1/predict``: the server itself drops what a newer request of the session supersedes."""

import json
from dataclasses import dataclass
from typing import Any

from benchmarks.replay.protocols.base import (
    EDIT,
    MODEL,
    Answer,
    Question,
    apply,
    understood,
)
from benchmarks.replay.typist import EditorState


@dataclass(frozen=True, slots=True)
class NativeQuestion:
    """One request. Answers refer to ``text``."""

    body: bytes
    text: bytes

    def read(self, answer: bytes) -> Answer:
        with understood():
            return self._read(json.loads(answer))

    def _read(self, said: dict[str, Any]) -> Answer:
        text = None
        if said["edits"]:
            region = said["editable_range"]
            start, end = region["start"]["offset"], region["end"]["offset"]
            text = apply(self.text, start, end, said["output"])
        usage = said["usage"]
        return Answer(
            text=text,
            outcome=said["reason"] or EDIT,
            source=said.get("source", MODEL),
            num_prefilled=usage["prompt_tokens"] - usage["cached_tokens"],
            num_generated=usage["generated_tokens"],
            num_steps=usage["generated_tokens"] - usage["accepted_draft_tokens"],
        )

    def num_tokens_in(self, part: bytes) -> int:
        return 0


class Native:
    """Foretype's own protocol."""

    path = "/v1/predict"
    client_closes = False

    def ask(self, state: EditorState, session: str) -> Question:
        body = {
            "path": state.path,
            "text": state.text,
            "cursor": len(state.text[: state.cursor].encode()),
            "events": [{"path": event.path, "diff": event.diff} for event in state.events],
            "session": session,
            "trigger": "prediction_accepted" if state.is_accepted else "buffer_edit",
        }
        return NativeQuestion(json.dumps(body).encode(), state.text.encode())
