"""Questions that the model is still answering while the user types on.

The answer may well say what has been typed since. Then the newer request waits for it instead of
asking anew, and is given the rest; it asks anew at the first token that says otherwise.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from prediction import typed_since
from prompt_format import PromptInput
from server.predictions.answer import Answer
from server.predictions.generations import Generation
from server.predictions.question import Question
from server.predictions.responders import Responder


@dataclass(slots=True)
class UnderWay:
    """A question, who answers it, and how many requests of its session wait for that."""

    question: Question
    generation: Generation
    by: Responder
    model_version: str
    num_waiting: int = 0

    def is_by(self, answer: Answer) -> bool:
        """Whether the same arm and model answer it."""
        by, version = answer.by.assignment, answer.model_version
        return (self.by.assignment, self.model_version) == (by, version)

    def says(self, now: PromptInput) -> Callable[[str], bool] | None:
        """Whether an answer that has come to a text may say what has been typed.

        None if nothing was typed since the question was asked, or the answer says otherwise.
        """
        typed = typed_since(self.question.prompt_input, now)
        if not typed:
            return None
        may_say = partial(_may_say, self.question, self.question.rendered.around_cursor[0] + typed)
        return may_say if may_say(self.generation.text) else None


class QuestionsUnderWay:
    """The newest question of each session, for as long as a request waits for its answer."""

    def __init__(self) -> None:
        self._newest: dict[str, UnderWay] = {}

    def of(self, session_key: str) -> UnderWay | None:
        return self._newest.get(session_key)

    @contextmanager
    def wait(self, session_key: str, under_way: UnderWay) -> Iterator[None]:
        """Let the session's next request find ``under_way`` during a ``with`` block."""
        under_way.num_waiting += 1
        self._newest[session_key] = under_way
        try:
            yield
        finally:
            under_way.num_waiting -= 1
            if not under_way.num_waiting and self._newest.get(session_key) is under_way:
                del self._newest[session_key]


def _may_say(question: Question, typed: str, output: str) -> bool:
    """Whether the region may come to begin with ``typed`` if an answer has come to ``output``."""
    text = question.prompt_format.text_so_far(question.rendered.prefill + output, question.rendered)
    return text is not None and (text.startswith(typed) or typed.startswith(text))
