import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prompt_format import EditEvent
from prompt_format.udiff import apply_hunks, read_hunks
from tests.training.inputs import prompt_input
from training.errors import InvalidRow
from training.examples import Example, ExampleSpec, OpenedFile
from training.files.markdown import read_markdown, write_markdown

FRONT = '+++\nrepository_url = "https://github.com/acme/shop"\nrevision = "1a"\n+++\n\n'
POSITION = "## Cursor Position\n\n```src/a.py\ntotal = pri<|user_cursor|>\n```\n"

words = st.text(string.ascii_letters + string.digits + "_-./", min_size=1, max_size=12)
code_line = st.text(
    st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]), max_size=20
).filter(lambda line: "<|user_cursor|>" not in line)
code = st.lists(code_line, max_size=6)
hunk_line = st.tuples(st.sampled_from("+- "), code_line).map("".join)


@st.composite
def diffs(draw: st.DrawFn) -> str:
    path = "src/" + draw(words)
    # A deleted "-- x" before an added "++ x" looks like the header of another file.
    lines = draw(
        st.lists(hunk_line.filter(lambda line: line[:3] not in ("---", "+++")), max_size=6)
    )
    header = f"--- a/{path}\n+++ b/{path}\n"
    if not lines:
        return header
    num_old = sum(line[0] in " -" for line in lines)
    num_new = sum(line[0] in " +" for line in lines)
    rows = f"@@ -{3 - (not num_old)},{num_old} +{3 - (not num_new)},{num_new} @@\n"
    return header + rows + "".join(line + "\n" for line in lines)


@st.composite
def specs(draw: st.DrawFn) -> ExampleSpec:
    before, after = draw(code), draw(code)
    history = [
        draw(st.sampled_from(["", "// User accepted prediction:\n"])) + draw(diffs())
        for _ in range(draw(st.integers(0, 3)))
    ]
    opened = st.lists(
        st.builds(OpenedFile, path=words, cursor_position=st.none() | st.integers(0, 10**6)),
        max_size=2,
    ).map(tuple)
    free = st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"]), max_size=40)
    return ExampleSpec(
        name=draw(words),
        repository_url=draw(free),
        revision=draw(free),
        tags=tuple(draw(st.lists(free, max_size=3))),
        reasoning=draw(free) or None,
        uncommitted_diff=draw(st.just("") | diffs()),
        recently_opened_files=draw(opened),
        recently_viewed_files=draw(opened),
        uncommitted_diff_contains_edit_history=draw(st.booleans()),
        cursor_path="src/" + draw(words | st.just("a b`c.py")),
        cursor_position="".join(
            line + "\n" for line in [*before, draw(code_line) + "<|user_cursor|>", *after]
        ),
        edit_history="".join(history),
        expected_patches=tuple(draw(st.lists(diffs(), max_size=3))),
        rejected_patch=draw(st.none() | diffs()),
    )


@settings(max_examples=300)
@given(specs())
def test_what_is_written_is_read_again(spec: ExampleSpec) -> None:
    assert read_markdown(write_markdown(Example(spec=spec)), "other").spec == spec


@settings(max_examples=300)
@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        spec = read_markdown(text + "\n" + POSITION, "a").spec
    except InvalidRow:
        return
    assert spec.cursor_position


def test_the_file_name_stands_in_for_the_heading() -> None:
    assert read_markdown(FRONT + POSITION, "half-typed").spec.name == "half-typed"
    assert (
        read_markdown(FRONT + "# Half typed\n\nText.\n\n" + POSITION, "x").spec.name == "Half typed"
    )


def test_front_matter() -> None:
    front = FRONT.replace(
        "revision", 'tags = ["a"]\nuncommitted_diff_requires_edit_history_rollback = true\nrevision'
    )
    spec = read_markdown(front + POSITION, "x").spec
    assert (spec.repository_url, spec.revision) == ("https://github.com/acme/shop", "1a")
    assert (spec.tags, spec.uncommitted_diff_contains_edit_history) == (("a",), True)


def test_reasoning_may_hold_anything() -> None:
    for reasoning in (
        "Plain words.",
        "## Cursor Position\n```\n    code",
        "`` ` ```` ~~~~~",
        "a\n",
        "\n",
    ):
        spec = ExampleSpec(
            cursor_path="a.py", cursor_position="<|user_cursor|>\n", reasoning=reasoning
        )
        assert read_markdown(write_markdown(Example(spec=spec)), "").spec == spec


@pytest.mark.parametrize(
    ("mark", "line"),
    [
        ("    #  ^[CURSOR_POSITION]", "    pri<|user_cursor|>ce"),
        ("    # <[CURSOR_POSITION]", "    <|user_cursor|>price"),
        ("    // ^[CURSOR_POSITION] here", "    pri<|user_cursor|>ce"),
    ],
)
def test_older_marks_of_the_cursor(mark: str, line: str) -> None:
    text = f"{FRONT}## Cursor Position\n\n```a.py\nif n:\n    price\n{mark}\nend\n```\n"
    assert read_markdown(text, "x").spec.cursor_position == f"if n:\n{line}\nend\n"


def block(diff: str) -> str:
    return f"```diff\n{diff}```\n"


def expected(diff: str, front: str = FRONT) -> str:
    (patch,) = read_markdown(
        f"{front}{POSITION}## Expected Patch\n\n```diff\n{diff}```\n", "x"
    ).spec.expected_patches
    return patch


HEADER = "--- a/src/a.py\n+++ b/src/a.py\n"


@pytest.mark.parametrize(
    ("mark", "line"),
    [
        ("#   ^[CURSOR_POSITION]", "+pri<|user_cursor|>ce"),
        ("#  <[CURSOR_POSITION]", "+<|user_cursor|>price"),
        ("#---^[SELECTION]", "+pri<|user_cursor|>ce"),
        ("#   ^[CURSOR]", "+pri<|user_cursor|>ce"),
    ],
)
def test_older_marks_in_a_patch(mark: str, line: str) -> None:
    patch = expected(f"{HEADER}@@ -1,2 +1,2 @@\n-p\n+price\n{mark}\n rest\n")
    assert patch == f"{HEADER}@@ -1,2 +1,2 @@\n-p\n{line}\n rest\n"


def test_a_cursor_in_context_makes_its_line_an_added_one() -> None:
    patch = expected(f"{HEADER}@@ -1,2 +1,2 @@\n-p\n+price\n rest\n#  ^[CURSOR_POSITION]\n")
    assert patch.endswith("@@ -1,2 +1,2 @@\n-p\n+price\n-rest\n+re<|user_cursor|>st\n")


@pytest.mark.parametrize(
    "hunk",
    [
        "@@ -9,7 +9,1 @@\n def f():\n-    a\n+    b\n \n     return\n",
        " def f():\n-    a\n+    b\n \n     return\n",
        "@@ -1,4 +1,4 @@\ndef f():\n-    a\n+    b\n\n     return\n\n",
        "@@ ... @@\n def f():\n-    a\n+    b\n\n     return\n",
    ],
)
def test_diffs_written_by_hand_apply(hunk: str) -> None:
    for patch in (expected(HEADER + hunk), expected(hunk)):
        text = "def f():\n    a\n\n    return\n"
        assert apply_hunks(text, read_hunks(patch)) == "def f():\n    b\n\n    return\n"
        assert ",4 +" in patch
        assert patch.startswith(HEADER)


def test_no_edit_stays_a_header() -> None:
    assert expected(HEADER) == HEADER


def test_alternatives_and_the_rejected_patch() -> None:
    one, two = (f"{HEADER}@@ -1,1 +1,1 @@\n-a\n+{each}\n" for each in "bc")
    alternatives = f"## Expected Patch\n{block(one)}### Or\n{block(two)}"
    text = f"{alternatives}## Rejected Patch\n{block(one)}"
    spec = read_markdown(FRONT + POSITION + text, "x").spec
    assert (spec.expected_patches, spec.rejected_patch) == ((one, two), one)


def test_accepted_predictions_keep_their_mark() -> None:
    one, two, three = (f"--- a/{f}\n+++ b/{f}\n@@ -1,1 +1,1 @@\n-a\n+b\n" for f in "xyz")
    accepted = f"// User accepted prediction:\n{block(three)}"
    text = f"## Edit History\n{block(one + two)}\n{accepted}{block(one)}"
    history = read_markdown(FRONT + text + POSITION, "x").spec.edit_history
    assert history == f"{one}{two}// User accepted prediction:\n{three}{one}"


def test_the_repositorys_name_leaves_paths_that_disagree() -> None:
    diff = "--- a/shop/src/a.py\n+++ b/shop/src/a.py\n@@ -1,1 +1,1 @@\n-a\n+b\n"
    assert expected(diff).startswith(HEADER)
    assert expected(diff, FRONT.replace("shop", "store")) == diff


def test_windows_line_ends() -> None:
    assert read_markdown((FRONT + POSITION).replace("\n", "\r\n"), "x") == read_markdown(
        FRONT + POSITION, "x"
    )


@pytest.mark.parametrize(
    "text",
    [
        FRONT,
        POSITION.replace("<|user_cursor|>", ""),
        "## Cursor Position\n",
        FRONT.replace("+++\n\n", "") + POSITION,
        "+++\nrevision = \n+++\n" + POSITION,
        "##### Deep\n" + POSITION,
        "Text.\n\n    code\n" + POSITION,
        POSITION.removesuffix("```\n"),
    ],
)
def test_what_is_no_example_is_refused_without_a_quote(text: str) -> None:
    with pytest.raises(InvalidRow) as raised:
        read_markdown(text, "x")
    assert "total" not in str(raised.value)


def test_inputs_say_what_the_spec_does_not() -> None:
    diff = "@@ -1,1 +1,1 @@\n-a\n+total\n"
    events = (EditEvent(path="b.py", diff=diff), EditEvent(path="b.py", diff=diff, predicted=True))
    given = prompt_input("total = pri^\n", events=events)
    spec = read_markdown(write_markdown(Example(spec=ExampleSpec(), prompt_inputs=given)), "x").spec
    assert (spec.cursor_path, spec.cursor_position) == (
        "shop/area.py",
        "total = pri<|user_cursor|>\n",
    )
    one = f"--- a/b.py\n+++ b/b.py\n{diff}"
    assert spec.edit_history == f"{one}// User accepted prediction:\n{one}"
