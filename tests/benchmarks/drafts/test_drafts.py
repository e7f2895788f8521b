"""The bench of drafts: real edits become cases, and steps are counted as engines take them."""

from pathlib import Path

import pytest

from benchmarks.drafts.baselines import NgramLookup, NoDrafts
from benchmarks.drafts.cases import Case, cases
from benchmarks.drafts.commit_edits import commit_edits
from benchmarks.drafts.comparing import compare, run_baselines
from benchmarks.drafts.engines import ENGINES
from benchmarks.drafts.simulation import steps_of
from benchmarks.drafts.suffix_decoding import run_suffixes
from model import DraftSources
from model.bpe_tokenizer import BpeTokenizer
from prompt_format import find_format
from tests.model.tiny import tiny_tokenizer
from tests.training.history.repositories import shop


@pytest.fixture
def tokenizer(tmp_path: Path) -> BpeTokenizer:
    tiny_tokenizer().save(str(tmp_path / "tokenizer.json"))
    return BpeTokenizer(tmp_path / "tokenizer.json")


def test_without_drafts_every_token_is_a_step() -> None:
    assert steps_of(NoDrafts(), [1, 2, 3]) == [(0, 0)] * 3


def test_an_ngram_drafts_what_followed_its_first_place() -> None:
    prompt = [1, 2, 3, 4, 9, 1, 2, 7]
    assert NgramLookup([*prompt, 1, 2], 2, 3, 2).propose(9) == (3, 4)
    assert NgramLookup([*prompt, 1, 2], 3, 5, 2).propose(9) == ()
    assert NgramLookup([*prompt, 9, 1, 2], 1, 3, 5).propose(9) == (7, 9, 1, 2)


def test_accepted_drafts_save_their_steps_and_wrong_ones_do_not() -> None:
    prompt = [1, 2, 3, 4, 5, 6]
    assert steps_of(NgramLookup([*prompt, 1, 2], 2, 2, 3), [3, 4, 5, 6]) == [(3, 3)]
    assert steps_of(NgramLookup([*prompt, 1, 2], 2, 2, 3), [3, 8, 8])[0] == (2, 1)


def test_the_cost_of_a_step_goes_through_what_was_measured() -> None:
    engine = ENGINES["embedded"]
    assert engine.cost_of(0) == 1.0
    assert engine.cost_of(7) == pytest.approx(1.23)
    assert engine.cost_of(11) == pytest.approx((1.23 + 1.49) / 2)
    assert engine.cost_of(47) > engine.cost_of(31) > engine.cost_of(15)


def test_edits_of_commits_are_compared(tmp_path: Path, tokenizer: BpeTokenizer) -> None:
    edits = commit_edits(shop(tmp_path / "shop"), 10, seed=1)
    assert edits and all(edit.spec.expected_patches[0] for edit in edits)
    answers = cases(edits, find_format("foretype-region"), tokenizer)
    assert answers
    end_token = tokenizer.special_id("<|endoftext|>")
    assert end_token is not None and all(case.output[-1] == end_token for case in answers)
    found = compare(answers, ENGINES["embedded"], end_token, run_baselines(answers))
    assert found["none"]["cost"] == 1.0
    assert found["ngram_best"]["cost"] <= found["ngram_default"]["cost"]
    assert found["ours"]["steps"] < 0.5


def test_suffix_decoding_repeats_prompt_and_earlier_answers() -> None:
    pytest.importorskip("arctic_inference")
    case = Case(prompt=(1, 2, 3, 4, 5, 6, 7, 1, 2), output=(3, 4, 5, 6), sources=DraftSources())
    again = Case(prompt=(8, 3), output=(4, 5, 6), sources=DraftSources())
    steps = run_suffixes([case, again])[24, 4.0]
    assert len(steps) < 4
    assert steps[-1][1] > 0, "what another answer said"
