"""The command line: one answer a line, bad lines answered in place and without their text."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from quality.__main__ import METRICS, answers

ROOT = Path(__file__).parents[2]
VECTORS = json.loads(Path(__file__).with_name("kept_rate_vectors.json").read_text())
INPUT = {
    "cursor_path": "a.py",
    "cursor_excerpt": "a()\nb()\n",
    "cursor_offset_in_excerpt": 0,
    "excerpt_start_row": 0,
    "events": [{"path": "a.py", "diff": "@@ -1,1 +1,2 @@\n a()\n+b()\n"}],
}


def run(metric: str, *lines: bytes) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "quality", metric],
        input=b"".join(line + b"\n" for line in lines),
        capture_output=True,
        cwd=ROOT,
        check=True,
    )
    assert done.stderr == b""
    return [json.loads(line) for line in done.stdout.splitlines()]


def answer(metric: str, line: dict[str, Any]) -> dict[str, Any]:
    (only,) = answers(METRICS[metric], [json.dumps(line).encode()])
    return only


def test_kept_rate_answers_the_vectors() -> None:
    found = run("kept-rate", *(json.dumps(vector).encode() for vector in VECTORS))
    assert found == [vector["result"] for vector in VECTORS]


def test_delta_chr_f_takes_one_or_several_expected_texts() -> None:
    line = {"original": "x", "expected": "y", "actual": "y"}
    perfect = answer("delta-chr-f", line)
    assert perfect == {
        "delta_chr_f": 100.0,
        "true_positives": 2,
        "false_positives": 0,
        "false_negatives": 0,
        "precision": 1.0,
        "recall": 1.0,
        "beta": 0.5,
    }
    assert answer("delta-chr-f", line | {"expected": ["z", "y"]}) == perfect


def test_reversal_takes_a_prompt_input() -> None:
    found = answer("reversal", {"input": INPUT, "predicted": "a()\n"})
    assert found == {"reversed_chars": 4, "total_chars": 4, "ratio": 1.0}


def test_exact_lines_takes_two_patches() -> None:
    found = answer("exact-lines", {"expected": "+a\n+b\n", "actual": "+a\n"})
    assert (found["true_positives"], found["false_negatives"]) == (1, 1)
    assert (found["precision"], found["recall"], found["f1"]) == (1.0, 0.5, 2 / 3)


SECRET = "hunter2"
BAD_LINES = [
    (b"", "invalid_json"),
    (f'{{"base": "{SECRET}"'.encode(), "invalid_json"),
    (b'{"base": "\xff"}', "invalid_json"),
    (b'{"base": "\\ud800", "candidate": "", "reference": ""}', "invalid_json"),
    (f'["{SECRET}"]'.encode(), "invalid_request"),
    (f'{{"base": "{SECRET}", "candidate": "{SECRET}"}}'.encode(), "invalid_request"),
    (f'{{"base": ["{SECRET}"], "candidate": "", "reference": ""}}'.encode(), "invalid_request"),
]


@pytest.mark.parametrize(("line", "code"), BAD_LINES)
def test_a_bad_line_is_answered_without_its_text(line: bytes, code: str) -> None:
    (error,) = answers(METRICS["kept-rate"], [line])
    assert error["error"]["code"] == code
    assert error["error"]["message"]
    assert SECRET not in json.dumps(error)


def test_the_missing_field_is_named() -> None:
    assert answer("kept-rate", {"base": "", "candidate": ""}) == {
        "error": {"code": "invalid_request", "message": "reference: missing"}
    }


def test_a_bad_offset_has_its_own_code() -> None:
    bad = INPUT | {"cursor_offset_in_excerpt": 99}
    found = answer("reversal", {"input": bad, "predicted": ""})
    message = "cursor_offset_in_excerpt lies outside the text"
    assert found == {"error": {"code": "invalid_range", "message": message}}


def test_after_a_bad_line_the_next_one_is_read() -> None:
    good = json.dumps(VECTORS[0]).encode()
    found = run("kept-rate", good, b"no json", b"", good)
    assert ["error" in line for line in found] == [False, True, True, False]
    assert found[0] == found[3] == VECTORS[0]["result"]


def test_an_unknown_metric_is_refused() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "quality", "nothing"], capture_output=True, cwd=ROOT, input=b""
    )
    assert done.returncode == 2
    assert b"kept-rate" in done.stderr
