"""The metrics on the command line: one JSON object per line in, one per line out.

    python -m quality kept-rate     {"base", "candidate", "reference"}
    python -m quality delta-chr-f   {"original", "expected": text or list of texts, "actual"}
    python -m quality reversal      {"input": a prompt input, "predicted": the whole excerpt}
    python -m quality exact-lines   {"expected": patch, "actual": patch}

A line that cannot be scored answers ``{"error": {"code", "message"}}`` in its place, and the next
one is read. Messages never hold text of the input.
"""

import argparse
import json
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from prompt_format.errors import PromptFormatError
from prompt_format.inputs import PromptInput
from quality.delta_chr_f import delta_chr_f
from quality.exact_lines import exact_lines
from quality.kept_rate import kept_rate
from quality.reversal import reversal


class _Line(BaseModel, ABC):
    model_config = ConfigDict(frozen=True, extra="ignore")

    @abstractmethod
    def score(self) -> dict[str, Any]:
        """The metric's parts."""


class KeptRateLine(_Line):
    base: str
    candidate: str
    reference: str

    def score(self) -> dict[str, Any]:
        return asdict(kept_rate(self.base, self.candidate, self.reference))


class DeltaChrFLine(_Line):
    original: str
    expected: str | list[str]
    actual: str

    def score(self) -> dict[str, Any]:
        return asdict(delta_chr_f(self.original, self.expected, self.actual))


class ReversalLine(_Line):
    input: PromptInput
    predicted: str

    def score(self) -> dict[str, Any]:
        found = reversal(self.input, self.predicted)
        return asdict(found) | {"ratio": found.ratio}


class ExactLinesLine(_Line):
    expected: str
    actual: str

    def score(self) -> dict[str, Any]:
        lines = exact_lines(self.expected, self.actual)
        rates = {"precision": lines.precision, "recall": lines.recall, "f1": lines.f1}
        return asdict(lines) | rates


METRICS: dict[str, type[_Line]] = {
    "kept-rate": KeptRateLine,
    "delta-chr-f": DeltaChrFLine,
    "reversal": ReversalLine,
    "exact-lines": ExactLinesLine,
}


def answers(metric: type[_Line], lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """One answer for each line, in order."""
    for line in lines:
        try:
            yield metric.model_validate_json(line).score()
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(map(str, first["loc"]))
            code = "invalid_json" if first["type"] == "json_invalid" else "invalid_request"
            yield _error(code, f"{place}: {first['type']}" if place else first["type"])
        except PromptFormatError as error:
            yield _error(error.code, str(error))


def _error(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m quality",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("metric", choices=METRICS)
    metric = METRICS[parser.parse_args().metric]
    for answer in answers(metric, sys.stdin.buffer):
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
