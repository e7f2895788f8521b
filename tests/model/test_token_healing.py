"""Prompts that end within a word or before a space that belongs to the next one."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model import ByteTokenizer, num_open_tokens
from model.bpe_tokenizer import BpeTokenizer
from model.token_healing import MAX_OPEN_TOKENS, PrefixIndex
from tests.model.answers import complete, request_for
from tests.model.conftest import StartEngine

SPELLINGS = st.lists(st.binary(max_size=4), max_size=30)


@given(spellings=SPELLINGS, start=st.binary(min_size=1, max_size=5))
def test_the_index_finds_what_a_search_through_all_finds(
    spellings: list[bytes], start: bytes
) -> None:
    expected = {
        token
        for token, spelling in enumerate(spellings)
        if spelling and token != 3 and (spelling.startswith(start) or start.startswith(spelling))
    }
    assert sorted(PrefixIndex(spellings, {3}).tokens_along(start)) == sorted(expected)


@pytest.mark.parametrize(
    ("text", "num_open"),
    [("x = ", 1), ("f(", 1), ("a", 1), ("", 0), ("(ab", 2), ("a bc", 3), ("é", 2), ("x" * 9, 4)],
)
def test_an_unfinished_word_is_left_open(text: str, num_open: int) -> None:
    tokenizer = ByteTokenizer()
    assert num_open_tokens(tokenizer, tokenizer.encode(text)) == min(num_open, MAX_OPEN_TOKENS)


@pytest.mark.parametrize("num_open", [1, 2, 4])
async def test_the_answer_spells_the_open_tokens_first(
    start_engine: StartEngine, num_open: int
) -> None:
    engine = await start_engine()
    request = request_for(engine, num_open_tokens=num_open)
    answer = await complete(engine, request)
    spelled = engine.tokenizer.decode(answer.tokens)
    opened = engine.tokenizer.decode(request.open_tokens)
    assert opened and spelled.startswith(opened)
    assert spelled[len(opened) :].decode(errors="replace").startswith(answer.text.rstrip("�"))


async def test_a_prompt_of_open_tokens_only_keeps_one(start_engine: StartEngine) -> None:
    engine = await start_engine()
    request = request_for(engine, "ab", num_open_tokens=99)
    assert len(request.fixed_tokens) == 1
    await complete(engine, request)


async def test_what_is_open_costs_no_step_where_the_model_agrees(
    start_engine: StartEngine,
) -> None:
    engine = await start_engine()
    prompt = request_for(engine)
    answer = await complete(engine, prompt)
    agreed = (*prompt.prompt_tokens, *answer.tokens[:3])
    again = request_for(engine, max_tokens=10, num_open_tokens=3)
    healed = await complete(engine, type(again)(agreed, 10, num_open_tokens=3))
    assert healed.tokens[:3] == answer.tokens[:3]
    assert healed.stats.num_steps <= 10 - 3, "open tokens cost no step and count as no draft"


@pytest.mark.model
def test_no_special_token_is_ever_spelled(real_folder: Path) -> None:
    tokenizer = BpeTokenizer(real_folder / "tokenizer.json")
    specials = {tokenizer.special_id("<|im_end|>"), tokenizer.special_id("<|endoftext|>")}
    assert not specials & set(tokenizer.tokens_along(b"<|"))
    assert tokenizer.encode("<")[0] in tokenizer.tokens_along(b"<|")
