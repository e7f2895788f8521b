"""Byte for byte what Zed's own implementation answers, through the command line's functions."""

import json
from pathlib import Path
from typing import Any

import pytest

from prompt_format.__main__ import parse, ranges, render

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "vectors.json").read_text())
INPUTS = {case["name"]: case["input"] for case in VECTORS["cases"]}
PROMPTS = [
    pytest.param(case["input"], name, expected, id=f"{case['name']}-{name}")
    for case in VECTORS["cases"]
    for name, expected in case["formats"].items()
]


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: str(case["name"]))
def test_ranges(case: dict[str, Any]) -> None:
    assert ranges({"input": case["input"]}) == case["excerpt_ranges"]


@pytest.mark.parametrize(("given", "name", "expected"), PROMPTS)
def test_prompts(given: dict[str, Any], name: str, expected: dict[str, Any]) -> None:
    assert render({"format": name, "input": given}) == expected


@pytest.mark.parametrize(
    "vector", VECTORS["parse"], ids=lambda v: f"{v['format']}-{v['output'][:30]!r}"
)
def test_parsing(vector: dict[str, Any]) -> None:
    answer = parse(
        {
            "format": vector["format"],
            "input": INPUTS[vector["case"]],
            "output": vector["output"],
        }
    )
    if "error" in vector:
        assert answer["error"]["message"] == vector["error"]
    else:
        assert answer == {"result": vector["result"], "patch": vector["patch"]}
