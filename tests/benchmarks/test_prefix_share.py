"""What an engine has to read again at each key of a real passage."""

from benchmarks.prefix_share import Reading, figures_of, readings, states_of
from model import ByteTokenizer
from prompt_format import FORMATS, Observation
from tests.benchmarks.replay.passages import OLD, passage

NEW = OLD.replace("    return price", "    return price * quantity")


def test_a_key_at_the_end_of_the_prompt_is_all_there_is_to_read() -> None:
    typed = passage(OLD, NEW)
    states = list(states_of([typed]))
    assert len(states) == typed.num_keys
    span = FORMATS["foretype-span"]
    without = readings(span, Observation(typed_line=False), states, ByteTokenizer())
    assert {reading.num_new for reading in without} == {1}
    with_it = readings(span, Observation(), states, ByteTokenizer())
    assert min(reading.num_new for reading in with_it) > 1


def test_the_figures_of_some_readings() -> None:
    figures = figures_of([Reading(100, 1), Reading(100, 1), Reading(200, 98)])
    assert figures["same_share"] == 0.75 and figures["prompt_tokens"] == 133
    assert (figures["new_tokens_p50"], figures["new_tokens_p90"]) == (1, 98)
