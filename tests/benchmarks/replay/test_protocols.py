import json
from typing import Any

import pytest

from benchmarks.replay.protocols import Answer, Completions, Native, Question, Sweep
from benchmarks.replay.protocols.base import UnreadableAnswer
from benchmarks.replay.typist import EditorState
from model import ByteTokenizer
from prompt_format import EditEvent, find_format

TEXT = "# é\ndef total(price):\n    return pr\n"
STATE = EditorState(
    path="shop.py",
    original=TEXT.replace("pr\n", "\n"),
    text=TEXT,
    cursor=TEXT.rindex("\n"),
    row=2,
    events=(EditEvent(path="shop.py", diff="@@ -3,1 +3,1 @@\n-    return \n+    return pr\n"),),
    is_accepted=False,
)
EDITED = TEXT.replace("return pr\n", "return price\n")
COMPLETIONS = Completions(find_format("completion"), ByteTokenizer(), 700, 60)


def asked(protocol: Native | Completions | Sweep) -> tuple[Question, dict[str, Any]]:
    question = protocol.ask(STATE, "s")
    assert not isinstance(question, Answer)
    return question, json.loads(question.body)


def native_answer(**changes: Any) -> bytes:
    start = len(TEXT[: TEXT.index("    return")].encode())
    place = {"start": {"offset": start}, "end": {"offset": len(TEXT.encode())}}
    usage = {
        "prompt_tokens": 90,
        "cached_tokens": 80,
        "generated_tokens": 9,
        "draft_tokens": 8,
        "accepted_draft_tokens": 7,
    }
    answer: dict[str, Any] = {
        "edits": [{}],
        "reason": None,
        "output": "    return price\n",
        "editable_range": place,
        "usage": usage,
    }
    return json.dumps(answer | changes).encode()


def stream(*chunks: dict[str, Any]) -> bytes:
    said = "".join(f"data: {json.dumps(chunk)}\r\n\r\n" for chunk in chunks)
    return f"{said}data: [DONE]\r\n\r\n".encode()


def chunk(text: str, finish_reason: str | None = None) -> dict[str, Any]:
    return {"choices": [{"text": text, "finish_reason": finish_reason}]}


def test_native_sends_the_state_in_bytes() -> None:
    _question, body = asked(Native())
    assert TEXT.encode()[: body["cursor"]].endswith(b"return pr")
    assert body["text"] == TEXT and body["session"] == "s" and body["trigger"] == "buffer_edit"
    assert body["events"] == [{"path": "shop.py", "diff": STATE.events[0].diff}]


def test_native_reads_the_edit_and_what_it_cost() -> None:
    question, _body = asked(Native())
    assert question.read(native_answer()) == Answer(EDITED, "edit", "model", 10, 9, 2)


def test_native_reads_why_there_is_no_edit_and_who_said_so() -> None:
    question, _body = asked(Native())
    none = dict.fromkeys(
        ("prompt_tokens", "cached_tokens", "generated_tokens", "accepted_draft_tokens"), 0
    )
    answer = question.read(native_answer(edits=[], reason="no_change", usage=none, source="quiet"))
    assert answer == Answer(None, "no_change", "quiet", 0, 0, 0) and answer.is_without_model


def test_completions_build_the_prompt_and_read_the_stream() -> None:
    question, body = asked(COMPLETIONS)
    assert body["prompt"].endswith("return pr") and body["stream"] and body["max_tokens"] == 60
    answer = question.read(stream(chunk("ic"), chunk("e"), chunk("", "stop")))
    assert answer == Answer(EDITED, "edit", num_generated=2, num_steps=2)


def test_completions_read_usage_where_the_server_tells_it() -> None:
    question, body = asked(COMPLETIONS)
    usage = {
        "completion_tokens": 5,
        "prompt_tokens_details": {"cached_tokens": len(body["prompt"].encode()) - 7},
    }
    answer = question.read(stream(chunk("ice", "stop"), {"choices": [], "usage": usage}))
    assert (answer.num_prefilled, answer.num_generated) == (7, 5)


def test_completions_judge_as_our_server_does() -> None:
    question, _body = asked(COMPLETIONS)
    assert question.read(stream(chunk("", "stop"))).outcome == "empty_output"
    assert question.read(stream(chunk("ice", "length"))).outcome == "truncated"


def test_a_prompt_that_cannot_be_is_the_editors_own_answer() -> None:
    narrow = Completions(find_format("foretype-span"), ByteTokenizer(), 5, 60)
    answer = narrow.ask(STATE, "s")
    assert isinstance(answer, Answer) and answer.is_without_model
    assert answer.outcome == "prompt_too_long"


def test_tokens_that_came_before_the_client_left_are_counted() -> None:
    question, _body = asked(COMPLETIONS)
    whole = stream(chunk("a"), chunk("b"), chunk("c"))
    assert question.num_tokens_in(whole[: whole.index(b'"c"')]) == 2
    assert question.num_tokens_in(b"") == 0


def test_sweep_counts_utf_16_to_the_server_and_reads_characters() -> None:
    question, body = asked(Sweep())
    assert body["file_contents"] == TEXT and body["original_file_contents"] == STATE.original
    assert body["cursor_position"] == len(TEXT) - 1
    start = TEXT.index("pr\n")
    said = {"start_index": start, "end_index": start + 2, "completion": "price"}
    assert question.read(json.dumps(said).encode() + b"\n") == Answer(EDITED, "edit")
    nothing = {"start_index": 0, "end_index": 0, "completion": ""}
    assert question.read(json.dumps(nothing).encode()) == Answer(None, "no_edit")


@pytest.mark.parametrize("protocol", [Native(), COMPLETIONS, Sweep()])
@pytest.mark.parametrize("answer", [b"", b"<html>", b"{}", b"[]", b'data: {"choices": []}\n\n'])
def test_what_is_no_answer_is_said_to_be_none(
    protocol: Native | Completions | Sweep, answer: bytes
) -> None:
    question, _body = asked(protocol)
    with pytest.raises(UnreadableAnswer, match="bad_answer"):
        question.read(answer)


def test_answers_that_do_not_fit_the_text_are_unreadable() -> None:
    native, _body = asked(Native())
    for place in ({"start": 0, "end": 999}, {"start": 3, "end": 4}):
        region = {name: {"offset": offset} for name, offset in place.items()}
        with pytest.raises(UnreadableAnswer, match="range"):
            native.read(native_answer(editable_range=region))
    sweep, _body = asked(Sweep())
    with pytest.raises(UnreadableAnswer, match="range_outside_text"):
        sweep.read(b'{"start_index": 0, "end_index": 999, "completion": "x"}')
    with pytest.raises(UnreadableAnswer, match="error_in_answer"):
        sweep.read(b'{"status": "error", "error": "x"}')


def test_an_interrupted_stream_is_no_answer() -> None:
    question, _body = asked(COMPLETIONS)
    with pytest.raises(UnreadableAnswer, match="unfinished"):
        question.read(stream(chunk("i")))
