"""Users who ask any server, and take its predictions as often as they are good."""

import random
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from benchmarks.restarting import Restarting
from benchmarks.rollout.fleet import ADMIN_TOKEN
from benchmarks.rollout.operator import Truth

NUM_USERS = 300
ACCEPTED = {None: 0.5, Truth.WORSE: 0.1, Truth.BETTER: 0.9}
"""Share of the predictions that users take: of what everybody has, and of treatments."""
RETRY_SECONDS = 0.05
TREATMENT = "treatment"


@dataclass(frozen=True, slots=True)
class Treated:
    """An answer by a treatment, and the Unix time when it was asked for."""

    experiment: str
    asked: float


@dataclass
class Crowd:
    """``truths`` tells of each experiment what its treatment is."""

    servers: Sequence[Restarting]
    truths: Mapping[str, Truth]
    seed: int
    num_answers: int = 0
    num_failures: int = 0
    """Answers with an error of the server's."""
    treated: list[Treated] = field(default_factory=list)

    def work(self, is_over: threading.Event) -> None:
        """Ask, one after the other, until it is over."""
        chances = random.Random(self.seed)
        headers = {"authorization": f"Bearer {ADMIN_TOKEN}"}
        with httpx.Client(timeout=5, headers=headers) as http:
            while not is_over.is_set():
                base = f"http://127.0.0.1:{chances.choice(self.servers).port}"
                try:
                    self._use(http, base, f"user-{chances.randrange(NUM_USERS)}", chances.random())
                except httpx.TransportError:  # it was killed
                    time.sleep(RETRY_SECONDS)

    def _use(self, http: httpx.Client, base: str, user: str, chance: float) -> None:
        asked = time.time()
        body = {"path": "a.py", "text": "x = ", "cursor": 4, "user": user}
        answer = http.post(f"{base}/v1/predict", json=body)
        if answer.status_code != httpx.codes.OK:
            self.num_failures += 1
            return
        self.num_answers += 1
        prediction = answer.json()
        is_treated = prediction["arm"] == TREATMENT
        if is_treated:
            self.treated.append(Treated(prediction["experiment"], asked))
        truth = self.truths[prediction["experiment"]] if is_treated else None
        self._report(http, base, user, prediction, chance < ACCEPTED[truth])

    def _report(
        self,
        http: httpx.Client,
        base: str,
        user: str,
        prediction: Mapping[str, Any],
        is_accepted: bool,
    ) -> None:
        """While Redis is away it is refused, and lost."""
        word = "accepted" if is_accepted else "rejected"
        outcomes = [
            {"prediction_id": prediction["prediction_id"], "outcome": each, "was_shown": True}
            for each in ("shown", word)
        ]
        http.post(f"{base}/v1/outcomes", json={"user": user, "outcomes": outcomes})
