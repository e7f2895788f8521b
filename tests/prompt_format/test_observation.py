import pytest

from prompt_format import Diagnostic, EditEvent, Observation, PromptInput, RelatedFile, TextRange
from tests.training.inputs import prompt_input

GIVEN = prompt_input(
    "total = pri^\n",
    events=tuple(EditEvent(path=f"{name}.py", diff="@@ -1,1 +1,1 @@\n-a\n+b\n") for name in "abc"),
    related_files=tuple(RelatedFile(path=f"{name}.py", max_row=1, excerpts=()) for name in "de"),
)


def paths(given: PromptInput) -> str:
    files = [event.path[0] for event in given.events]
    files += [file.path[0] for file in given.related_files or ()]
    return "".join(files)


def test_all_is_shown_unless_said_otherwise() -> None:
    assert Observation().of(GIVEN) == GIVEN


@pytest.mark.parametrize(
    ("history_events", "related_files", "shown"),
    [(0, 0, ""), (1, 1, "cd"), (2, None, "bcde"), (9, 9, "abcde"), (None, 0, "abc")],
)
def test_the_newest_events_and_the_first_files(
    history_events: int | None, related_files: int | None, shown: str
) -> None:
    observation = Observation(history_events=history_events, related_files=related_files)
    assert paths(observation.of(GIVEN)) == shown


def test_related_files_nobody_looked_for_stay_unknown() -> None:
    unknown = GIVEN.model_copy(update={"related_files": None})
    assert Observation(related_files=0).of(unknown).related_files is None


def test_diagnostics() -> None:
    rows = TextRange(start=0, end=1)
    found = Diagnostic(
        message="unknown name", snippet_buffer_row_range=rows, diagnostic_range_in_snippet=rows
    )
    given = GIVEN.model_copy(update={"active_buffer_diagnostics": (found,)})
    assert Observation().of(given).active_buffer_diagnostics == (found,)
    assert Observation(diagnostics=False).of(given).active_buffer_diagnostics == ()


def typing(line: str, diff: str, path: str = "a.py") -> PromptInput:
    """The cursor stands in the second line, at ``^``."""
    return prompt_input(
        f"before()\n{line}\nafter()\n",
        cursor_path="a.py",
        events=(EditEvent(path="a.py", diff="+old\n"), EditEvent(path=path, diff=diff)),
    )


@pytest.mark.parametrize("path", ["a.py", "project/a.py"])
@pytest.mark.parametrize(
    ("line", "diff", "shown"),
    [
        ("    pri^", " before()\n-    x\n+    pri\n after()\n", "-    x\n+    \n after()\n"),
        ("    pri^)", "+    pri)\n+next\n", "+    \n+next\n"),
        ("pri^", "+pri\n+pri\n", "+pri\n+\n"),
        ("pri^", "+pri", "+"),
    ],
)
def test_of_the_line_that_is_typed_the_history_shows_the_indentation(
    line: str, diff: str, shown: str, path: str
) -> None:
    given = typing(line, diff, path)
    events = Observation(typed_line=False).of(given).events
    assert events[-1].diff.endswith(shown) and events[:-1] == given.events[:-1]
    assert Observation().of(given) == given


@pytest.mark.parametrize(
    ("line", "diff", "path"),
    [
        ("pri^", "+price\n", "a.py"),
        ("pri^", "-pri\n pri\n", "a.py"),
        ("pri^", "+pri\n", "b.py"),
        ("^", "@@ -1 +1 @@\n-a\n+b\n", "a.py"),
    ],
)
def test_a_history_that_does_not_hold_it_is_shown_as_it_is(line: str, diff: str, path: str) -> None:
    given = typing(line, diff, path)
    assert Observation(typed_line=False).of(given) == given
