"""Drafts follow what is known, stop where they fail, and come back after a divergence."""

from hypothesis import given
from hypothesis import strategies as st

from model import DraftSources
from model.drafting import MAX_DRAFT, Drafter, Experience, StepCost
from tests.model.drafting.writing import END, write

TEXT = tuple(range(1, 201))


def test_an_exact_reference_takes_few_steps() -> None:
    num_steps, _ = write(TEXT, DraftSources(reference=TEXT))
    assert num_steps <= 8


def test_it_rejoins_after_a_replacement_an_insertion_and_a_deletion() -> None:
    for changed in (
        (*TEXT[:50], 901, 902, *TEXT[52:]),
        (*TEXT[:50], 901, 902, 903, *TEXT[50:]),
        (*TEXT[:50], *TEXT[60:]),
    ):
        num_steps, _ = write(changed, DraftSources(reference=TEXT))
        assert num_steps <= 12


def test_after_one_replaced_token_the_next_one_of_the_reference_is_tried() -> None:
    drafter = Drafter((), DraftSources(reference=TEXT))
    drafter.observe([*TEXT[:50], 901], 0, 0)
    assert drafter.propose(1) in ((TEXT[50],), (TEXT[51],))


def test_among_equal_places_the_nearest_is_taken() -> None:
    block = [1, 2, 3, 4, 5, 6, 7, 8]
    text = (*block, 10, *block, 20, *block, 30, 31, 32)
    drafter = Drafter((), DraftSources(reference=text))
    drafter.observe([*block, 10, 99, 3, 4], 0, 0)
    assert drafter.propose(5) == (5, 6, 7, 8, 20)


def test_a_rename_that_the_history_carries_on_costs_no_step() -> None:
    old, new = 7, 8
    line = (1, old, 2, 3, old, 4, 5, old, 6)
    region = line * 6
    renamed = tuple(new if token == old else token for token in region)
    with_history, _ = write(renamed, DraftSources(reference=region, transferred=renamed))
    without, _ = write(renamed, DraftSources(reference=region))
    assert 2 * with_history <= without


def test_the_answer_to_the_last_keystroke_is_drafted() -> None:
    answer = (*range(300, 340), END)
    assert write(answer, DraftSources(previous=answer))[0] <= 3


def test_what_the_client_expects_is_drafted() -> None:
    answer = (*range(300, 340), END)
    assert write(answer, DraftSources(prediction=answer))[0] <= 3


def test_what_stands_in_the_prompt_is_drafted() -> None:
    prompt = (*range(500, 540), *range(600, 620))
    num_steps, _ = write(tuple(range(500, 540)), DraftSources(), prompt=prompt)
    assert num_steps <= 10


def test_a_source_that_fails_is_given_up_for_one_that_does_not() -> None:
    wrong = tuple(range(900, 1100))
    experience = Experience([END], StepCost(per_token=0.05))
    write(TEXT, DraftSources(reference=TEXT, previous=wrong), experience=experience)
    _, num_drafted = write(
        TEXT, DraftSources(reference=TEXT, previous=wrong), experience=experience
    )
    assert num_drafted <= 1.2 * len(TEXT)


def test_an_unrelated_output_costs_few_drafts() -> None:
    experience = Experience([END], StepCost(per_token=0.05))
    sources = DraftSources(reference=TEXT)
    for start in range(500, 900, 100):
        num_steps, num_drafted = write(
            tuple(range(start, start + 100)), sources, experience=experience
        )
        assert num_steps == 100
    assert num_drafted <= 20


def test_silence_is_learnt_as_a_habit() -> None:
    experience = Experience([END])
    silence = (77, END)
    assert write(silence, DraftSources(), experience=experience)[0] == 2
    for _ in range(6):
        write(silence, DraftSources(), experience=experience)
    assert write(silence, DraftSources(), experience=experience)[0] == 1


def test_drafts_keep_within_their_limits() -> None:
    long = tuple(range(500))
    drafter = Drafter((), DraftSources(reference=long))
    assert len(drafter.propose(1000)) <= MAX_DRAFT
    assert Drafter((), DraftSources(reference=(1, 2, 3))).propose(2) == (1, 2)
    assert Drafter((), DraftSources(reference=(1, 2, 3))).propose(0) == ()
    assert Drafter((), DraftSources()).propose(8) == ()


tokens = st.lists(st.integers(1, 6), max_size=40).map(tuple)


@given(tokens, tokens, tokens, st.lists(st.integers(1, 6), min_size=1, max_size=40))
def test_whatever_is_written_every_step_writes_at_least_one_token(
    prompt: tuple[int, ...],
    reference: tuple[int, ...],
    previous: tuple[int, ...],
    output: list[int],
) -> None:
    num_steps, _ = write(output, DraftSources(reference, previous=previous), prompt=prompt)
    assert 1 <= num_steps <= len(output)
