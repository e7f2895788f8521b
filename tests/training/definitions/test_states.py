import random

from prompt_format import EditEvent, PromptInput
from prompt_format.udiff import apply_hunks, read_hunks, write_udiff
from training.definitions.states import edited_paths, text_at_keystroke

OLD = "".join(f"line {row}\n" for row in range(30))


def given(excerpt: str, start_row: int | None, *events: EditEvent) -> PromptInput:
    return PromptInput(
        cursor_path="src/a.py",
        cursor_excerpt=excerpt,
        cursor_offset_in_excerpt=0,
        excerpt_start_row=start_row,
        events=events,
    )


def event(path: str, old: str, new: str, first_row: int) -> EditEvent:
    return EditEvent(path=path, diff=write_udiff(path, old, new, first_row))


def test_events_are_applied_in_order() -> None:
    one = event("src/a.py", "line 3\n", "line 3\nadded\n", 3)
    two = event("src/a.py", "added\n", "added twice\n", 4)
    new = OLD.replace("line 3\n", "line 3\nadded twice\n")
    excerpt = "".join(new.splitlines(keepends=True)[2:9])
    assert text_at_keystroke("src/a.py", given(excerpt, 2, one, two), lambda _path: OLD) == new
    assert text_at_keystroke("src/a.py", given(excerpt, 2, two), lambda _path: OLD) is None


def test_the_excerpt_has_to_stand_where_it_says() -> None:
    excerpt = "line 5\nline 6\n"
    read = {"src/a.py": OLD}.get
    assert text_at_keystroke("src/a.py", given(excerpt, 5), read) == OLD
    assert text_at_keystroke("src/a.py", given(excerpt, 4), read) is None
    assert text_at_keystroke("src/a.py", given(excerpt, None), read) is None


def test_other_files_of_the_history() -> None:
    changed = event("b.py", "line 1\n", "other\n", 1)
    made = event("new.py", "", "first\nsecond\n", 0)
    prompt = given("line 0\n", 0, changed, made)
    read = {"src/a.py": OLD, "b.py": "line 0\nline 1"}.get
    assert edited_paths(prompt) == {"src/a.py", "b.py", "new.py"}
    assert text_at_keystroke("b.py", prompt, read) == "line 0\nother\n"
    assert text_at_keystroke("new.py", prompt, read) == "first\nsecond\n"
    assert text_at_keystroke("unknown.py", prompt, read) is None


def test_a_path_may_begin_with_the_name_of_the_project() -> None:
    prompt = given("other\n", 0, event("shop/src/a.py", "line 0\n", "other\n", 0))
    assert edited_paths(prompt) == {"src/a.py"}
    text = text_at_keystroke("src/a.py", prompt, {"src/a.py": "line 0\n"}.get)
    assert text == "other\n"


def test_a_diff_that_cannot_be_read_is_no_state() -> None:
    prompt = given("line 0\n", 0, EditEvent(path="b.py", diff="@@ -1 +1 @@\n?\n"))
    assert text_at_keystroke("b.py", prompt, {"b.py": OLD}.get) is None


def test_hunks_are_applied_as_everywhere() -> None:
    """Against ``apply_hunks``, in texts whose lines repeat, with hunks that say a wrong row."""
    chance = random.Random(2)
    for _attempt in range(200):
        lines = [f"{chance.randrange(6)}\n" for _row in range(40)]
        first = chance.randrange(30)
        old = "".join(lines[first : first + chance.randint(3, 6)])
        new = "".join(f"{chance.randrange(9)}\n" for _row in range(chance.randint(1, 5)))
        diff = write_udiff("b.py", old, new, max(0, first + chance.randint(-4, 4)))
        text = "".join(lines)
        prompt = given("", 0, EditEvent(path="b.py", diff=diff))
        found = text_at_keystroke("b.py", prompt, {"b.py": text}.get)
        assert found == apply_hunks(text, read_hunks(diff))
