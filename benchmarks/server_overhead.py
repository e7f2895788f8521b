"""What the server adds to a prediction: the fake engine against a bare echo of the same body.

    python -m benchmarks.server_overhead [NUMBER OF REQUESTS]

Both servers run at once and are called in turn over kept-alive loopback connections, so that
whatever else the machine does burdens both alike.
"""

import json
import sys
from typing import Any

from benchmarks.running import Caller, free_port, milliseconds, program
from benchmarks.typing_session import SESSION

NUM_WARM_UP = 100


def body() -> bytes:
    """A keystroke in the middle of a real file, with history, related code and syntax ranges."""
    text, cursor = SESSION.at(len(SESSION.typed) // 2)
    request: dict[str, Any] = {
        "path": SESSION.path,
        "text": text,
        "cursor": cursor,
        "session": "benchmark",
        "user": "benchmark",
        "trigger": "buffer_edit",
        "events": [
            {"path": SESSION.path, "diff": f"@@ -{row},1 +{row},1 @@\n-a\n+b\n"}
            for row in range(1, 7)
        ],
        "related_files": [
            {
                "path": f"server/related_{number}.py",
                "excerpts": [{"start_row": 10, "text": text[:1000], "order": number}],
            }
            for number in range(4)
        ],
        "syntax_ranges": [
            {"start": max(0, cursor - 40 * width), "end": min(len(text), cursor + 40 * width)}
            for width in range(1, 8)
        ],
    }
    return json.dumps(request).encode()


def main(num_requests: int) -> dict[str, Any]:
    """Figures of ``num_requests`` calls to each server."""
    ours, echo = free_port(), free_port()
    payload = body()
    with (
        program(
            ["-m", "server"],
            ours,
            "/readyz",
            FORETYPE_MODEL_ENGINE="fake",
            FORETYPE_SERVER_PORT=str(ours),
        ),
        program(["-m", "benchmarks.echo", str(echo)], echo, "/readyz"),
    ):
        to_ours, to_echo = Caller(ours), Caller(echo)
        predict_seconds, echo_seconds = [], []
        for number in range(NUM_WARM_UP + num_requests):
            predicted, _answer = to_ours.timed("/v1/predict", payload)
            echoed, _answer = to_echo.timed("/echo", payload)
            if number >= NUM_WARM_UP:
                predict_seconds.append(predicted)
                echo_seconds.append(echoed)
    predict, baseline = milliseconds(predict_seconds), milliseconds(echo_seconds)
    return {
        "benchmark": "server_overhead",
        "requests": num_requests,
        "body_bytes": len(payload),
        "predict": predict,
        "echo": baseline,
        "ratio": {name: round(predict[name] / baseline[name], 2) for name in predict},
    }


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000), indent=2))
