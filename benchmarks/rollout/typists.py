"""Typists who stop in the middle of a line, look at a prediction, and type the line to its end."""

import random
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from benchmarks.rollout.fleet import ADMIN_TOKEN
from benchmarks.rollout.lines import HalfLine, half_lines

TIMEOUT_SECONDS = 60.0


@dataclass
class Typists:
    """All who use one server, one after the other. Figures are by experiment and arm."""

    port: int
    users: Sequence[str]
    seed: int
    asked: Counter[str] = field(default_factory=Counter)
    accepted: Counter[str] = field(default_factory=Counter)

    def work(self, is_over: threading.Event) -> None:
        """Type until it is over."""
        chances = random.Random(self.seed)
        headers = {"authorization": f"Bearer {ADMIN_TOKEN}"}
        base = f"http://127.0.0.1:{self.port}"
        with httpx.Client(base_url=base, headers=headers, timeout=TIMEOUT_SECONDS) as http:
            for number, line in enumerate(half_lines(self.seed)):
                if is_over.is_set():
                    return
                user = chances.choice(self.users)
                self._type(http, user, f"{user}:{self.seed}:{number}", line)

    def _type(self, http: httpx.Client, user: str, session: str, line: HalfLine) -> None:
        window = {"user": user, "session": session, "path": line.name}
        answer = http.post("/v1/predict", json={**window, **_question(line)})
        if answer.status_code != httpx.codes.OK:
            self.asked["failed"] += 1
            time.sleep(1.0)
            return
        prediction = answer.json()
        arm = f"{prediction['experiment']} {prediction['arm']}"
        self.asked[arm] += 1
        if prediction["edits"]:
            is_accepted = _is_wanted(prediction, line)
            self.accepted[arm] += is_accepted
            _report(http, user, prediction, "accepted" if is_accepted else "rejected")
        http.post("/v1/edits", json={**window, **_rest(line)}).raise_for_status()


def _question(line: HalfLine) -> dict[str, Any]:
    return {
        "text": line.text,
        "cursor": {"row": line.row, "column": len(line.typed)},
        "unit": "utf-32",
        "version": 1,
        "events": [{"path": line.name, "diff": line.diff}],
    }


def _rest(line: HalfLine) -> dict[str, Any]:
    """The keys that were left to type. Whoever accepted a prediction comes to the same line."""
    end = {"row": line.row, "column": len(line.typed)}
    edit = {"start": end, "end": end, "new_text": line.rest}
    return {"unit": "utf-32", "version": 2, "edits": [edit]}


def _is_wanted(prediction: Mapping[str, Any], line: HalfLine) -> bool:
    """Whether it goes on as the line really does."""
    new_text = prediction["edits"][0]["new_text"].split("\n")[0].rstrip()
    return bool(new_text.strip()) and line.rest.startswith(new_text)


def _report(http: httpx.Client, user: str, prediction: Mapping[str, Any], word: str) -> None:
    outcomes = [
        {"prediction_id": prediction["prediction_id"], "outcome": each, "was_shown": True}
        for each in ("shown", word)
    ]
    body = {"user": user, "outcomes": outcomes}
    http.post("/v1/outcomes", json=body).raise_for_status()
