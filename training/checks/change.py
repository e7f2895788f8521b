"""What a prediction does to the file: the excerpt and the region before and after."""

from dataclasses import dataclass
from functools import cached_property

from prompt_format import Edit, PromptInput, RenderedPrompt, TextEdit, TextRange, diff_edits
from prompt_format.cursor_region import take_cursor
from prompt_format.lines import with_newline
from prompt_format.udiff import apply_hunks, read_hunks
from quality import Candidate
from quality.syntax import count_syntax_errors
from quality.undo import undo_event
from training.checks.config import CheckConfig
from training.examples import Prediction
from training.regions import region_after
from training.teacher.predictions import number_in
from training.teacher.prompts import editable_range


@dataclass(frozen=True)
class State:
    """The file as all predictions of an example find it; ``text`` is ended by a newline."""

    prompt_input: PromptInput
    language: str | None
    num_events: int

    @cached_property
    def text(self) -> str:
        """The excerpt, ended by a newline."""
        return with_newline(self.prompt_input.cursor_excerpt)

    @cached_property
    def earlier_texts(self) -> tuple[str, ...]:
        """The excerpt before the last edit of the file, before the last two, and so on.

        It ends before an edit that a machine made, as text of a machine may be taken back, and
        before one that cannot be undone.
        """
        given, text, earlier = self.prompt_input, self.text, []
        # A path may begin with the name of the project.
        mine = [
            event
            for event in given.events
            if given.cursor_path in (event.path, event.path.partition("/")[2])
        ]
        for event in list(reversed(mine))[: self.num_events]:
            before = undo_event(text, event.diff, given.excerpt_start_row)
            if event.predicted or before == text:
                break
            text = before
            earlier.append(text)
        return tuple(earlier)

    @cached_property
    def num_syntax_errors(self) -> int | None:
        """None without a grammar for the language."""
        return count_syntax_errors(self.text, self.language)


@dataclass(frozen=True)
class Change:
    """``new`` is the excerpt after the change, ended by a newline, without the cursor."""

    state: State
    editable: TextRange
    new: str

    @property
    def old(self) -> str:
        """The excerpt before the change, ended by a newline."""
        return self.state.text

    @property
    def prompt_input(self) -> PromptInput:
        """What the prediction was made from."""
        return self.state.prompt_input

    @cached_property
    def edits(self) -> tuple[TextEdit, ...]:
        """The parts that differ."""
        return diff_edits(self.old, self.new)

    @cached_property
    def region(self) -> str:
        """The editable region before."""
        return self.prompt_input.excerpt_bytes[self.editable.start : self.editable.end].decode()

    @cached_property
    def new_region(self) -> str | None:
        """The editable region after; None if anything outside of it changes."""
        excerpt = self.prompt_input.cursor_excerpt
        new = self.new if excerpt.endswith("\n") else self.new.removesuffix("\n")
        whole = TextRange(start=0, end=len(self.prompt_input.excerpt_bytes))
        return region_after(self.prompt_input, self.editable, Edit(whole, new))

    @cached_property
    def candidate(self) -> Candidate | None:
        """As serving judges it; None if it leaves the region."""
        if self.new_region is None:
            return None
        rendered = RenderedPrompt(
            text="",
            context_range=self.editable,
            editable_range=self.editable,
            cursor_offset=self.prompt_input.cursor_offset_in_excerpt,
            region=self.region,
            reference="",
        )
        edit = Edit(self.editable, self.new_region)
        return Candidate(self.prompt_input, rendered, edit, raw_output="")


def change_of(state: State, prediction: Prediction, patch: str, config: CheckConfig) -> Change:
    """The change that ``patch`` of ``prediction`` makes.

    Raises ``InvalidPatch`` if it does not apply, ``InvalidRow`` for ranges that do not fit.
    """
    tokens = number_in(prediction, "prompt.editable_tokens", config.editable_tokens)
    context = number_in(prediction, "prompt.region_context_tokens", config.region_context_tokens)
    new = text_after(state.prompt_input, patch)
    return Change(state, editable_range(state.prompt_input, tokens, context), new)


def text_after(prompt_input: PromptInput, patch: str) -> str:
    """As ``patched``, without the mark of the cursor. Raises ``InvalidPatch``."""
    text, _cursor = take_cursor(patched(prompt_input, patch))
    return text


def patched(prompt_input: PromptInput, patch: str) -> str:
    """The excerpt, ended by a newline, after ``patch``. Raises ``InvalidPatch``."""
    excerpt = with_newline(prompt_input.cursor_excerpt)
    return apply_hunks(excerpt, read_hunks(patch), prompt_input.excerpt_start_row or 0)
