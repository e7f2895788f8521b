"""``python -m benchmarks.drafts``: what drafts save on edits that developers made.

The committed text stands for the model's answer, so no model is needed. Prints JSON: by set of
edits, prompt format and engine, steps and relative time per token of the answer.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.drafts.cases import cases
from benchmarks.drafts.commit_edits import commit_edits
from benchmarks.drafts.comparing import compare, run_baselines
from benchmarks.drafts.engines import ENGINES
from model.bpe_tokenizer import BpeTokenizer
from model.end_tokens import END_OF_TEXT
from prompt_format import find_format
from training.examples import Example

FORMATS = ("V0211SeedCoder", "foretype-region", "V0318SeedMultiRegions", "foretype-span")
"""Two that answer with the whole region, two with a changed span."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.drafts")
    parser.add_argument("repositories", type=Path, nargs="+", help="git folders, bare or not")
    parser.add_argument("--tokenizer", type=Path, required=True, help="a model's tokenizer.json")
    parser.add_argument("--count", type=int, default=90, help="commit edits of each repository")
    parser.add_argument("--keystrokes", type=Path, help="examples that synthesize wrote")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    sets = {
        "commits": [
            edit
            for folder in given.repositories
            for edit in commit_edits(folder, given.count, given.seed)
        ]
    }
    if given.keystrokes:
        lines = given.keystrokes.read_text().splitlines()
        sets["keystrokes"] = [Example.model_validate_json(line) for line in lines]
    tokenizer = BpeTokenizer(given.tokenizer)
    found = {name: _figures(examples, tokenizer) for name, examples in sets.items()}
    print(json.dumps({"benchmark": "drafts", **found}, indent=2))


def _figures(examples: Sequence[Example], tokenizer: BpeTokenizer) -> dict[str, Any]:
    end_token = tokenizer.special_id(END_OF_TEXT)
    assert end_token is not None
    found = {}
    for name in FORMATS:
        answers = cases(examples, find_format(name), tokenizer)
        baselines = run_baselines(answers)
        found[name] = {
            "answers": len(answers),
            "tokens_per_answer": round(sum(len(a.output) for a in answers) / len(answers), 1),
            **{
                key: compare(answers, engine, end_token, baselines)
                for key, engine in ENGINES.items()
            },
        }
    return found


if __name__ == "__main__":
    main()
