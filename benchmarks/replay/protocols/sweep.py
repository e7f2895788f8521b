"""``POST /backend/next_edit_autocomplete``: the protocol of ``sweep-autocomplete``.

That server builds the prompt. It answers nothing to all but the newest request that waits, whoever
sent it: it is made for one developer, and figures of several tell nothing.
"""

import json
from dataclasses import dataclass
from typing import Any

from benchmarks.replay.protocols.base import (
    EDIT,
    Answer,
    Question,
    UnreadableAnswer,
    understood,
)
from benchmarks.replay.typist import EditorState

NOTHING = "no_edit"


@dataclass(frozen=True, slots=True)
class SweepQuestion:
    """One request. Answers count characters of ``text``."""

    body: bytes
    text: str

    def read(self, answer: bytes) -> Answer:
        with understood():
            return self._read(json.loads(answer.splitlines()[0]))

    def _read(self, said: dict[str, Any]) -> Answer:
        if said.get("status") == "error":
            raise UnreadableAnswer("error_in_answer")
        start, end = said["start_index"], said["end_index"]
        new_text = said["completion"]
        if start == end and not new_text:
            return Answer(None, NOTHING)
        if not 0 <= start <= end <= len(self.text):
            raise UnreadableAnswer("range_outside_text")
        return Answer(self.text[:start] + new_text + self.text[end:], EDIT)

    def num_tokens_in(self, part: bytes) -> int:
        return 0


class Sweep:
    """The local protocol of Sweep's editor plug-ins."""

    path = "/backend/next_edit_autocomplete"
    client_closes = True

    def ask(self, state: EditorState, session: str) -> Question:
        changes = "\n".join(f"File: {event.path}:\n{event.diff}" for event in state.events)
        body = {
            "file_path": state.path,
            "file_contents": state.text,
            "original_file_contents": state.original,
            "recent_changes": changes,
            "recent_changes_high_res": changes,
            "cursor_position": len(state.text[: state.cursor].encode("utf-16-le")) // 2,
            "changes_above_cursor": True,
            "multiple_suggestions": True,
            "file_chunks": [],
            "retrieval_chunks": [],
            "recent_user_actions": [],
            "editor_diagnostics": [],
        }
        return SweepQuestion(json.dumps(body).encode(), state.text)
