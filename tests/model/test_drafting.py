"""Drafts follow the reference, shrink when they fail, and come back after a divergence."""

from model import DraftSources
from model.drafting import FIRST_DRAFT, MAX_DRAFT, MIN_DRAFT, Drafter


def run(reference: list[int], output: list[int]) -> tuple[int, int]:
    """Write ``output`` as a model would; steps taken and tokens drafted."""
    drafter = Drafter((), DraftSources(tuple(reference)))
    done = num_steps = num_drafted = 0
    while done < len(output):
        draft = drafter.propose(len(output) - done - 1)
        accepted = 0
        while accepted < len(draft) and draft[accepted] == output[done + accepted]:
            accepted += 1
        chosen = output[done : done + accepted + 1]
        drafter.observe(chosen, len(draft), accepted)
        done += len(chosen)
        num_steps += 1
        num_drafted += len(draft)
    return num_steps, num_drafted


def test_an_exact_reference_takes_few_steps() -> None:
    text = list(range(200))
    num_steps, _ = run(text, text)
    assert num_steps <= 9


def test_it_rejoins_after_a_replacement_an_insertion_and_a_deletion() -> None:
    text = list(range(200))
    for changed in (
        [*text[:50], 901, 902, *text[52:]],
        [*text[:50], 901, 902, 903, *text[50:]],
        [*text[:50], *text[60:]],
    ):
        num_steps, _ = run(text, changed)
        assert num_steps <= 20


def test_among_equal_places_the_nearest_is_taken() -> None:
    block = [1, 2, 3, 4, 5, 6, 7, 8]
    text = [*block, 10, *block, 20, *block, 30, 31, 32]
    drafter = Drafter((), DraftSources(tuple(text)))
    drafter.observe([*block, 10, 99, 3, 4], 0, 0)
    assert drafter.propose(5) == (5, 6, 7, 8, 20)


def test_an_unrelated_output_costs_few_drafts() -> None:
    num_steps, num_drafted = run(list(range(100)), list(range(500, 600)))
    assert (num_steps, num_drafted) == (100, FIRST_DRAFT)


def test_the_length_adapts_within_bounds() -> None:
    drafter = Drafter((), DraftSources(tuple(range(500))))
    for wanted in (FIRST_DRAFT, 16, MAX_DRAFT, MAX_DRAFT):
        draft = drafter.propose(1000)
        assert len(draft) == wanted
        drafter.observe([*draft, draft[-1] + 1], wanted, wanted)
    for wanted in (MAX_DRAFT, 16, 8, MIN_DRAFT, MIN_DRAFT):
        draft = drafter.propose(1000)
        assert len(draft) == wanted
        drafter.observe([draft[0]], wanted, 0)


def test_a_limit_and_no_reference() -> None:
    assert Drafter((), DraftSources((1, 2, 3))).propose(2) == (1, 2)
    assert Drafter((), DraftSources((1, 2, 3))).propose(0) == ()
    assert Drafter((), DraftSources()).propose(8) == ()
