"""A developer at an editor that sends everything: keystrokes, edits, what became of predictions.

The rule: a prediction is accepted if it leads to a state of the file on the way to the one that the
developer has in mind; any other is rejected, and the line typed to its end.
"""

from collections.abc import Mapping
from typing import Any

import httpx

from benchmarks.replay.journal import Journal
from benchmarks.replay.passage import KeysPressed, Passage

PAUSES = (0.0, 0.3, 0.6)
"""Shares of a line's keys after which the developer looks up and sees a prediction."""


class Typist:
    """Types passages of one project, each in an editor window of its own."""

    def __init__(self, http: httpx.AsyncClient, user: str, project: str) -> None:
        self._http = http
        self._user = user
        self._project = project
        self.num_predictions = 0
        self.num_accepted = 0

    async def consent(self, policy_version: str, license_text: str) -> None:
        """Agree that the project's code may be recorded."""
        body = {
            "project": self._project,
            "policy_version": policy_version,
            "source": "loop",
            "license_text": license_text,
        }
        answer = await self._http.put(f"/v1/users/{self._user}/consents", json=body)
        answer.raise_for_status()

    async def type(self, passage: Passage) -> None:
        """Type a passage from its first key to its last."""
        window = _Window(passage, f"{self._user}:{passage.name}")
        while (slot := passage.next_slot(window.pressed)) is not None:
            num_keys = len(passage.texts[slot]) - 1
            for share in PAUSES:
                await self._press(window, slot, int(num_keys * share))
                if passage.keys_left(window.pressed, [slot]):
                    await self._look_up(window, slot)
            await self._press(window, slot, num_keys)

    async def _press(self, window: "_Window", slot: int, num_keys: int) -> None:
        """Press keys of a line up to so many, and tell what they changed."""
        if window.pressed.get(slot, 0) < num_keys:
            await self._change(window, slot, {**window.pressed, slot: num_keys})

    async def _change(self, window: "_Window", slot: int, pressed: KeysPressed) -> None:
        old = window.text
        window.go_to(slot, pressed)
        body = {
            "user": self._user,
            "session": window.session,
            "path": window.path,
            "unit": "utf-32",
            "version": window.version,
            "edits": [whole_rows(old, window.text)],
        }
        (await self._http.post("/v1/edits", json=body)).raise_for_status()

    async def _look_up(self, window: "_Window", slot: int) -> None:
        answer = await self._http.post("/v1/predict", json=self._ask(window, slot))
        answer.raise_for_status()
        prediction = answer.json()
        self.num_predictions += 1
        if not prediction["edits"]:
            return
        wanted = window.passage.step_to(window.pressed, _applied(window.text, prediction))
        is_accepted = wanted is not None
        self.num_accepted += is_accepted
        await self._report(prediction["prediction_id"], "accepted" if is_accepted else "rejected")
        if wanted is not None:
            await self._change(window, slot, wanted)

    def _ask(self, window: "_Window", slot: int) -> Mapping[str, Any]:
        row, column = window.passage.cursor(window.passage.lines(window.pressed), slot)
        return {
            "user": self._user,
            "session": window.session,
            "project": self._project,
            "path": window.path,
            "text": window.text,
            "cursor": {"row": row, "column": column},
            "unit": "utf-32",
            "version": window.version,
            "can_collect_data": True,
            "events": [
                {"path": event.path, "old_path": event.old_path, "diff": event.diff}
                for event in window.journal.events()
            ],
        }

    async def _report(self, prediction_id: str, outcome: str) -> None:
        outcomes = [
            {"prediction_id": prediction_id, "outcome": word, "was_shown": True}
            for word in ("shown", outcome)
        ]
        body = {"user": self._user, "outcomes": outcomes}
        receipt = (await self._http.post("/v1/outcomes", json=body)).raise_for_status().json()
        if receipt["recorded"] != len(outcomes):
            raise RuntimeError(f"reports were refused: {receipt}")


class _Window:
    """An editor window and the state of its file."""

    def __init__(self, passage: Passage, session: str) -> None:
        self.passage = passage
        self.session = session
        self.path = passage.script.path
        self.pressed: KeysPressed = passage.start
        self.journal = Journal(passage)
        self.version = 0

    @property
    def text(self) -> str:
        return "".join(f"{line}\n" for _slot, line in self.passage.lines(self.pressed))

    def go_to(self, slot: int, pressed: KeysPressed) -> None:
        self.pressed = pressed
        self.journal.change(slot, pressed)
        self.version += 1


def whole_rows(old: str, new: str) -> Mapping[str, Any]:
    """The rows that differ, as one edit."""
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    left = min(len(before), len(after)) - start
    same = 0
    while same < left and before[-1 - same] == after[-1 - same]:
        same += 1
    return {
        "start": {"row": start, "column": 0},
        "end": {"row": len(before) - same, "column": 0},
        "new_text": "".join(after[start : len(after) - same]),
    }


def _applied(text: str, prediction: Mapping[str, Any]) -> str:
    for edit in reversed(prediction["edits"]):
        start, end = edit["range"]["start"]["offset"], edit["range"]["end"]["offset"]
        text = text[:start] + edit["new_text"] + text[end:]
    return text
