"""A snapshot without its secrets is still one: offsets, rows and hunks stay right."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventlog import Snapshot
from eventlog.privacy.secrets import SecretHit, default_scanner
from prompt_format import Diagnostic, EditEvent, PromptInput, TextRange
from server.data.recording.redaction import redact
from tests.eventlog.privacy.secret_corpus import TOKENS

SOURCE = random.Random(11)
GITHUB = TOKENS["github"](SOURCE)
KEY_FILE = TOKENS["rsa key"](SOURCE)


class Words:
    """A scanner that takes some words for secrets."""

    def __init__(self, *words: str) -> None:
        self._words = words

    def scan(self, text: str) -> Sequence[SecretHit]:
        return [SecretHit("word", word) for word in self._words if word in text]


def snapshot(text: str, region: TextRange, **changes: object) -> Snapshot:
    given = PromptInput(
        cursor_path="a.py",
        cursor_excerpt=text,
        cursor_offset_in_excerpt=region.end,
        syntax_ranges=(region, TextRange(start=0, end=len(text.encode()))),
        **changes,
    )
    return Snapshot(prompt_input=given, editable_range=region, output="out", new_text="new")


@given(
    st.lists(st.sampled_from(["SECRET", "sesame", "ü", "🙂", "\n", "x = 1", " "]), max_size=12),
    st.text(alphabet="abcé🙂\n", min_size=1, max_size=10),
    st.lists(st.sampled_from(["SECRET", "sesame", "ü", "\n", "y"]), max_size=12),
)
def test_every_offset_keeps_its_place(before: list[str], region: str, after: list[str]) -> None:
    """What stood at an offset stands there still, whatever was replaced before it."""
    head, tail = "".join(before), "".join(after)
    start = len(head.encode())
    given_range = TextRange(start=start, end=start + len(region.encode()))
    found = redact(snapshot(head + region + tail, given_range), Words("SECRET", "sesame")).snapshot
    assert found is not None
    text, kept = found.prompt_input.excerpt_bytes, found.editable_range
    assert kept is not None
    assert text[kept.start : kept.end].decode() == region
    assert found.prompt_input.cursor_offset_in_excerpt == kept.end
    assert found.prompt_input.syntax_ranges == (kept, TextRange(start=0, end=len(text)))
    assert b"SECRET" not in text and b"sesame" not in text
    assert text.count(b"\n") == (head + region + tail).count("\n")


@pytest.mark.parametrize("where", ["region", "output", "new_text"])
def test_what_would_teach_a_secret_is_dropped(where: str) -> None:
    text = f'key = "{GITHUB}"\nx = 1\n'
    at = text.index("x") if where != "region" else 0
    given = snapshot(text, TextRange(start=at, end=len(text)))
    if where != "region":
        given = given.model_copy(update={where: f"use {GITHUB}"})
    found = redact(given, default_scanner())
    assert found.snapshot is None
    assert found.num_hits["github-pat"] == 1


def test_a_key_of_many_rows_in_a_diff_keeps_its_rows_and_signs() -> None:
    rows = KEY_FILE.split("\n")
    diff = f"@@ -1,1 +1,{len(rows) + 1} @@\n a\n" + "".join(f"+{row}\n" for row in rows)
    event = EditEvent(path="a.py", diff=diff)
    given = snapshot("x = 1\n", TextRange(start=0, end=5), events=(event,))
    found = redact(given, default_scanner()).snapshot
    assert found is not None
    shown = found.prompt_input.events[0].diff
    assert shown.count("\n") == diff.count("\n")
    assert [line[:1] for line in shown.split("\n")] == [line[:1] for line in diff.split("\n")]
    assert not any(row[8:40] in shown for row in rows[1:-1])


def test_related_files_and_diagnostics() -> None:
    line = f'é = "{GITHUB}" + x'
    end = len(line.encode())
    diagnostic = Diagnostic(
        message=f"unexpected {GITHUB}",
        snippet=line,
        snippet_buffer_row_range=TextRange(start=3, end=3),
        diagnostic_range_in_snippet=TextRange(start=end - 1, end=end),
    )
    given = snapshot("x = 1\n", TextRange(start=0, end=5), active_buffer_diagnostics=(diagnostic,))
    found = redact(given, default_scanner()).snapshot
    assert found is not None
    [kept] = found.prompt_input.active_buffer_diagnostics
    place = kept.diagnostic_range_in_snippet
    assert kept.message == "unexpected <github-pat>"
    assert kept.snippet.encode()[place.start : place.end] == b"x"


def test_nothing_found_changes_nothing() -> None:
    given = snapshot("x = 1\n", TextRange(start=0, end=5))
    assert redact(given, default_scanner()).snapshot is given
