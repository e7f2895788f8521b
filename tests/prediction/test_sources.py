"""What an answer may repeat, as tokens."""

from model import ByteTokenizer
from prediction import draft_sources
from prediction.transfer import transferred
from prompt_format import EditEvent, PromptInput, RenderedPrompt, TokenBudget, find_format

RENAME = EditEvent(path="a.py", diff="@@ -1,1 +1,1 @@\n-total = compute(a)\n+amount = compute(a)\n")


def test_a_rename_of_the_history_is_carried_on() -> None:
    assert transferred("print(total, subtotal)\n", [RENAME]) == "print(amount, subtotal)\n"


def test_words_within_words_short_words_and_whole_lines_are_left_alone() -> None:
    short = EditEvent(path="a.py", diff="@@ -1,1 +1,1 @@\n-x = 1\n+y = 1\n")
    added = EditEvent(path="a.py", diff="@@ -1,0 +1,1 @@\n+print(total)\n")
    text = "subtotal = totals + x\n"
    assert transferred(text, [RENAME, short, added]) == text


def test_a_malformed_event_is_no_source() -> None:
    assert transferred("total\n", [EditEvent(path="a.py", diff="@@ nonsense")]) == "total\n"


def test_what_replaces_is_taken_literally() -> None:
    event = EditEvent(path="a.py", diff='@@ -1,1 +1,1 @@\n-name = abc\n+name = r"\\1"\n')
    assert transferred("print(abc)\n", [event]) == 'print(r"\\1")\n'


def test_sources_of_a_region_format() -> None:
    tokenizer = ByteTokenizer()
    region = "print(total)"
    given = PromptInput(cursor_path="a.py", cursor_excerpt=region, cursor_offset_in_excerpt=0)
    rendered = find_format("foretype-region").render(given, TokenBudget(max_prompt_tokens=999))
    assert isinstance(rendered, RenderedPrompt)
    sources = draft_sources(
        rendered, tokenizer, events=[RENAME], previous=(1, 2), prediction="print(1)"
    )
    assert tokenizer.decode(sources.reference).decode() == region
    assert tokenizer.decode(sources.transferred).decode() == "print(amount)"
    assert sources.previous == (1, 2)
    assert tokenizer.decode(sources.prediction) == b"print(1)"
    assert draft_sources(rendered, tokenizer).transferred == ()
