import pytest

from prompt_format import (
    Diagnostic,
    EditEvent,
    RelatedExcerpt,
    RelatedFile,
    SpecialTokenInInput,
    TextRange,
)
from tests.training.teacher.examples import CODE, prompt_input
from training.teacher.prompts import PromptConfig, TeacherPrompt, fence_for, teacher_prompt
from training.teacher.templates import find_template

TAGS = ["<|editable_region_start|>", "<|editable_region_end|>", "<|user_cursor|>"]


def prompt(given: object = None, **changes: int) -> TeacherPrompt:
    chosen = given or prompt_input()
    return teacher_prompt(chosen, find_template("teacher"), PromptConfig(**changes))  # type: ignore[arg-type]


def shown(found: TeacherPrompt) -> str:
    """What follows the rules and the worked examples."""
    return found.message.text[found.message.text.index("# 1. Edit history") :]


def test_the_open_file_is_shown_with_region_and_cursor() -> None:
    found = prompt()
    assert found.template == "teacher@1"
    assert found.region == CODE
    marked = found.region.replace("tot", "tot<|user_cursor|>")
    region = f"<|editable_region_start|>\n{marked}\n<|editable_region_end|>\n"
    assert f"`````shapes.py\n{region}`````" in shown(found)
    assert "+    tot\n" in shown(found)
    assert "# 4." not in shown(found) and "\n\n\n" not in shown(found).replace("\n\n\ndef", "")


def test_text_around_the_region_is_shown_in_full() -> None:
    code = "".join(f"value_{number} = {number}\n" for number in range(200))
    found = prompt(prompt_input(code, code.index("value_100") + 3), editable_tokens=40)
    before, rest = shown(found).split("<|editable_region_start|>\n")
    region, after = rest.split("\n<|editable_region_end|>")
    assert before.endswith("\n") and after.startswith("\nvalue_")
    text = before[before.index("value_") :] + region.replace("<|user_cursor|>", "") + after
    assert code in text.replace("`", "") + "\n"
    assert 0 < region.count("\n") < 20


def test_related_files_and_diagnostics_are_shown() -> None:
    related = RelatedFile(
        path="base.py",
        max_row=2,
        excerpts=(RelatedExcerpt(row_range=TextRange(start=0, end=2), text="class Shape:\n"),),
    )
    row = TextRange(start=1, end=2)
    diagnostic = Diagnostic(
        message="tot is unknown",
        snippet="    tot",
        snippet_buffer_row_range=row,
        diagnostic_range_in_snippet=TextRange(start=4, end=7),
    )
    given = prompt_input().model_copy(
        update={"related_files": (related,), "active_buffer_diagnostics": (diagnostic,)}
    )
    text = shown(prompt(given))
    assert "// file: base.py\nclass Shape:" in text
    assert "# 4. Diagnostics" in text and "tot is unknown" in text
    bare = shown(prompt(given, related_tokens=0, diagnostics_tokens=0))
    assert "base.py" not in bare and "tot is unknown" not in bare


@pytest.mark.parametrize("tag", TAGS)
def test_an_open_file_with_a_tag_is_refused(tag: str) -> None:
    with pytest.raises(SpecialTokenInInput):
        prompt(prompt_input(CODE + f"# {tag}\n"))
    with pytest.raises(SpecialTokenInInput):
        prompt(prompt_input(path=f"{tag}.py"))


@pytest.mark.parametrize("tag", TAGS)
def test_other_text_with_a_tag_is_left_out(tag: str) -> None:
    bad = EditEvent(path="a.py", diff=f"@@ -1,0 +1,1 @@\n+{tag} is bad\n")
    excerpt = RelatedExcerpt(row_range=TextRange(start=0, end=1), text=f"{tag} is bad\n")
    related = RelatedFile(path="b.py", max_row=1, excerpts=(excerpt,))
    given = prompt_input()
    given = given.model_copy(update={"events": (*given.events, bad), "related_files": (related,)})
    text = shown(prompt(given))
    assert "is bad" not in text and "+    tot" in text


def test_template_syntax_in_code_is_shown_as_it_is() -> None:
    code = "x = '{{ 7 * 7 }}{% if x %}{# no #}{% raw %}'\n"
    assert code[4:] in shown(prompt(prompt_input(code, cursor=len(code) - 1, diff="")))[0:].replace(
        "<|user_cursor|>", ""
    )


def test_a_fence_is_longer_than_any_in_the_code() -> None:
    code = "before\n``````\nfenced\n``````\n"
    found = prompt(prompt_input(code, cursor=0, diff=""))
    assert "\n```````shapes.py\n" in shown(found)
    assert "7 backticks" in found.message.text
    assert fence_for(["a ``` b"]) == "`````"


def test_the_newest_history_is_kept() -> None:
    events = tuple(
        EditEvent(path="shapes.py", diff=f"@@ -1,0 +1,1 @@\n+edit {number}\n")
        for number in range(10)
    )
    given = prompt_input().model_copy(update={"events": events})
    text = shown(prompt(given, history_lines=9))
    assert [f"+edit {number}\n" in text for number in range(10)] == [False] * 8 + [True] * 2
    assert text.index("edit 8") < text.index("edit 9")
    only = shown(prompt(given, history_lines=1))
    assert "+edit 9\n" in only and "@@" not in only
    assert "None." in shown(prompt(given, history_lines=0))


def test_an_accepted_prediction_is_named() -> None:
    event = EditEvent(path="shapes.py", diff="@@ -1,0 +1,1 @@\n+x\n", predicted=True)
    given = prompt_input().model_copy(update={"events": (event,)})
    assert "// User accepted prediction:\n--- a/shapes.py" in shown(prompt(given))
