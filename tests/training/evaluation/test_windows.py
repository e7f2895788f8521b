"""Windows: short, and no metric can tell them from the whole texts."""

from dataclasses import replace

from hypothesis import example, given
from hypothesis import strategies as st

from quality import delta_chr_f, kept_rate
from training.evaluation.windows import common_window

LINES = st.lists(
    st.sampled_from(
        ["ab cd", "  ab", "", " ", "\t", "abcdefgh = 1", "}", "x\r", "éé ab", "long_name"]
    ),
    max_size=10,
)
EDGES = st.lists(st.sampled_from(["ab cd ef gh", "", "  x", "} // end", "\r"]), max_size=8)


@given(EDGES, EDGES, LINES, LINES, LINES)
@example(["abcdefg", "", ""], [], ["", "x"], ["x"], ["x", "x"])
@example([], ["", "", "abcdefg", "abcdefg"], [""], [], ["", ""])
def test_metrics_are_those_of_the_whole_texts(
    above: list[str], below: list[str], old: list[str], wanted: list[str], actual: list[str]
) -> None:
    texts = ["\n".join([*above, *middle, *below]) + "\n" for middle in (old, wanted, actual)]
    windows = common_window(texts)
    assert delta_chr_f(*windows) == delta_chr_f(*texts)
    whole = kept_rate(*texts)
    # Context is all that is left alone, and less of that is in the window.
    found = replace(kept_rate(*windows), context_chars=whole.context_chars)
    assert found == whole


def test_a_window_is_short() -> None:
    text = "".join(f"line number {number}\n" for number in range(1000))
    windows = common_window([text, text.replace("500", "five"), text.replace("502", "")])
    assert windows == [
        "line number 500\nline number 501\nline number 502\nline number 503\n",
        "line number five\nline number 501\nline number 502\nline number 503\n",
        "line number 500\nline number 501\nline number \nline number 503\n",
    ]


def test_equal_texts_have_next_to_nothing_in_it() -> None:
    text = "one line\n" * 100
    assert all(len(window) <= 30 for window in common_window([text, text, text]))
