"""``python -m prompt_format``: one answer per line, whatever the line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from prompt_format import FORMATS
from prompt_format.__main__ import answers
from tests.prompt_format.examples import cart

SECRET = "canary_3b1f"
INPUT = json.loads(cart().model_dump_json())
PATCH = (
    "--- a/x\n+++ b/x\n@@ -13,3 +13,3 @@\n def grand_total(items):\n"
    "     sub = subtotal(items)\n-    ret\n+    return sub * (1 + TAX)<|user_cursor|>\n"
)


def answer(command: str, line: str) -> dict[str, object]:
    [only] = answers(command, [line])
    parsed = json.loads(only)
    assert isinstance(parsed, dict)
    return parsed


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (f'{{"{SECRET}"', "invalid_json"),
        ("[" * 100_000, "invalid_json"),
        ("1" * 5000, "invalid_json"),
        ("{}", "invalid_request"),
        (f'{{"format": ["{SECRET}"]}}', "invalid_request"),
        (f'{{"format": "zeta2", "{SECRET}": "\udcff"}}', "invalid_request"),
        (f'"{SECRET}"', "invalid_request"),
        (f'{{"format": "{SECRET}", "input": {{}}}}', "unknown_prompt_format"),
        ('{"format": 5}', "invalid_request"),
        (f'{{"format": "zeta2", "input": {{"cursor_path": "{SECRET}"}}}}', "invalid_request"),
        (f'{{"format": "zeta2", "input": "{SECRET}"}}', "invalid_request"),
        (
            json.dumps({"format": "zeta2", "input": INPUT | {"cursor_path": "\ud800"}}),
            "invalid_request",
        ),
        (
            json.dumps({"format": "zeta2", "input": INPUT | {"cursor_offset_in_excerpt": 9999}}),
            "invalid_range",
        ),
        (
            json.dumps({"format": "zeta2", "input": INPUT | {"cursor_path": "<filename>"}}),
            "special_token_in_input",
        ),
    ],
    ids=str,
)
def test_a_bad_line_gets_a_typed_error_without_its_text(line: str, code: str) -> None:
    error = answer("render", line)["error"]
    assert isinstance(error, dict)
    assert error["code"] == code
    assert SECRET not in error["message"]


def test_an_error_does_not_end_the_run() -> None:
    good = json.dumps({"format": "zeta2", "input": INPUT})
    lines = list(answers("render", ["{", "", good]))
    assert ["error" in json.loads(line) for line in lines] == [True, False]


@pytest.mark.parametrize("name", ["zeta2", "zeta2.1", "V0420Diagnostics"])
def test_an_expected_output_parses_back_to_its_patch(name: str) -> None:
    base = {"format": name, "input": INPUT}
    output = answer("expected-output", json.dumps(base | {"patch": PATCH}))["expected_output"]
    parsed = answer("parse", json.dumps(base | {"output": output}))
    assert isinstance(parsed["patch"], str)
    assert "-    ret\n+    return sub * (1 + TAX)<|user_cursor|>\n" in parsed["patch"]


def test_an_empty_patch_expects_no_edit() -> None:
    line = json.dumps({"format": "zeta2.1", "input": INPUT, "patch": "--- a/x\n+++ b/x\n"})
    output = answer("expected-output", line)["expected_output"]
    assert isinstance(output, str)
    tag = output[: output.index("|>") + 2]
    assert output.startswith(tag + tag)


def test_a_patch_of_another_text_is_refused() -> None:
    line = json.dumps({"format": "zeta2", "input": INPUT, "patch": PATCH.replace("ret", "nope")})
    error = answer("expected-output", line)["error"]
    assert isinstance(error, dict)
    assert error["code"] == "invalid_patch"


def test_it_runs_as_a_program() -> None:
    root = Path(__file__).parents[2]

    def run(command: str, given: bytes) -> str:
        program = [sys.executable, "-m", "prompt_format", command]
        environment = os.environ | {"PYTHONIOENCODING": "latin-1"}
        done = subprocess.run(
            program, cwd=root, input=given, capture_output=True, check=True, env=environment
        )
        return done.stdout.decode()

    listed = run("formats", b"")
    assert all(name in listed for name in FORMATS)
    good = json.dumps({"format": "zeta2", "input": INPUT | {"cursor_path": "😀é.py"}})
    printed = run("render", b'{"\xff"}\n{\n' + good.encode() + b"\n").splitlines()
    bad_bytes, bad_json, answered = map(json.loads, printed)
    assert bad_bytes["error"]["code"] == "invalid_json"
    assert bad_json["error"]["code"] == "invalid_json"
    assert "😀é.py" in answered["prompt"]
