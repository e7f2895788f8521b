"""The model card says what the record says."""

from datetime import date
from typing import Any

import pytest

from model.weights.release_record import BaseModelRecord, ReleaseRecord, TokenLimits
from training.releasing.model_card import MAX_SHOWN, model_card

DATA = {
    "num_rows": 1500,
    "num_licensed_rows": 1200,
    "num_consented_rows": 300,
    "repositories": [{"url": "https://x.test/a", "licenses": ["MIT", "ISC"], "num_rows": 1200}],
    "languages": {"python": 900, "go": 600},
    "tags": {},
}


def record(**changes: Any) -> ReleaseRecord:
    values = {
        "name": "student-1",
        "version": "0123456789ab",
        "base": BaseModelRecord(name="tiny", weights_sha256="a" * 64),
        "prompt_format": "foretype-span",
        "limits": TokenLimits(max_prompt_tokens=768, max_output_tokens=64),
        "files": {},
        "license": "Apache-2.0",
        "created": date(2026, 11, 23),
    }
    return ReleaseRecord.model_validate(values | changes)


def test_a_card_for_an_adapter() -> None:
    card = model_card(
        record(
            data=DATA,
            evaluation={"delta_chr_f": {"mean": 61.23456, "interval": [60.0, 62.5]}, "worst": None},
            training={"parameters": {"lora_rank": 64, "adapter": None}, "seconds": 12.5},
        ),
        "Predicts the next edit.",
    )
    front = card.split("---")[1]
    assert "license: apache-2.0" in front and "base_model: tiny" in front
    for text in (
        "# student-1\n\nPredicts the next edit.",
        "`0123456789ab`",
        "a" * 64,
        "`foretype-span`",
        "768 tokens of prompt",
        "FORETYPE_MODEL_RELEASE=student-1",
        "| delta_chr_f.mean | 61.23 |",
        "| delta_chr_f.interval | 60, 62.5 |",
        "1,500 examples: 1,200 from public",
        "300 from users",
        "Languages: python 900, go 600",
        "| https://x.test/a | MIT, ISC | 1,200 |",
        "| lora_rank | 64 |",
        "| seconds | 12.5 |",
    ):
        assert text in card
    assert "adapter |" not in card and "worst" not in card and "Tags" not in card


@pytest.mark.parametrize(("given", "said"), [({}, "95 %"), ({"confidence": 0.9}, "90 %")])
def test_a_card_tells_how_sure_its_intervals_are(given: dict[str, float], said: str) -> None:
    figures = {"show_rate": {"value": 0.5, "interval": [0.4, 0.6], "num_examples": 20}}
    card = model_card(record(evaluation={"figures": figures, **given}))
    assert f"| figure | value | {said} interval | examples |" in card


def test_a_card_for_whole_weights_names_no_base() -> None:
    card = model_card(record(base=None, sampling={"temperature": 0.25}))
    assert "base_model" not in card and "Whole weights." in card
    assert "at temperature 0.25" in card
    assert "## Data" not in card and "## Evaluation" not in card


def test_a_long_table_is_cut_and_says_so() -> None:
    card = model_card(record(evaluation={f"figure_{n}": n for n in range(MAX_SHOWN + 3)}))
    assert f"figure_{MAX_SHOWN - 1}" in card and f"figure_{MAX_SHOWN} " not in card
    assert "3 more in `release.json`" in card
