"""What all formats for Seed-Coder share: the order of sections and who gets which budget.

    <[fim-suffix]>text after the editable region
    <[fim-prefix]><filename>related/file.py
    …
    <filename>edit_history
    …
    <filename>the/open/file.py
    text before the editable region, and the region in the format's own way
    <[fim-middle]>

The suffix comes first: what stands after ``<[fim-middle]>`` is the model's. Budgets are given to
the open file, then to the history, then to related files.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from prompt_format.budget import TokenBudget
from prompt_format.cursor_region import CURSOR_MARKER, Surroundings, surroundings
from prompt_format.events import history_section
from prompt_format.inputs import PromptInput, TextRange
from prompt_format.lines import with_newline
from prompt_format.outputs import NoEdit, ParseReason, RenderedPrompt
from prompt_format.regions import editable_and_context
from prompt_format.related import related_section, without_context_excerpts
from prompt_format.special_tokens import refuse_special_tokens

FIM_SUFFIX = "<[fim-suffix]>"
FIM_PREFIX = "<[fim-prefix]>"
FIM_MIDDLE = "<[fim-middle]>"
FILE_MARKER = "<filename>"
END_OF_SENTENCE = "<[end▁of▁sentence]>"
HISTORY_HEADER = f"{FILE_MARKER}edit_history\n"

SPECIAL_TOKENS = (FIM_SUFFIX, FIM_PREFIX, FIM_MIDDLE, FILE_MARKER, CURSOR_MARKER)

EDITABLE_TOKENS = 350
CONTEXT_TOKENS = 150
_SAFETY = 0.9


@dataclass(frozen=True, slots=True)
class SeedCoderFormat(ABC):
    """A format for Seed-Coder: says how the region is shown, and what a draft may copy from."""

    prompt_tokens: ClassVar[int] = 4096

    name: str
    aliases: tuple[str, ...]
    description: str
    stop: tuple[str, ...]
    special_tokens: tuple[str, ...]

    @abstractmethod
    def region_section(self, around: Surroundings) -> str:
        """The editable region with the cursor, ended by a newline."""

    @abstractmethod
    def reference(self, around: Surroundings) -> str:
        """The output if nothing were to be changed."""

    def extra_section(self, prompt_input: PromptInput, max_tokens: int, budget: TokenBudget) -> str:
        """A section of the format's own before all others, out of what the history leaves."""
        return ""

    def render(self, prompt_input: PromptInput, budget: TokenBudget) -> RenderedPrompt | NoEdit:
        refuse_special_tokens(prompt_input, self.special_tokens)
        editable, context = editable_and_context(prompt_input, EDITABLE_TOKENS, CONTEXT_TOKENS)
        around = surroundings(prompt_input, editable, context)
        prompt = self._prompt(prompt_input, context, around, budget)
        if budget.count(prompt) > budget.limit(self.prompt_tokens):
            limit = budget.limit(self.prompt_tokens)
            return NoEdit(ParseReason.PROMPT_TOO_LONG, f"the prompt exceeds {limit} tokens")
        return RenderedPrompt(
            text=prompt,
            context_range=context,
            editable_range=editable,
            cursor_offset=prompt_input.cursor_offset_in_excerpt,
            region=around.region,
            reference=self.reference(around),
            stop=self.stop,
            special_tokens=self.special_tokens,
        )

    def _prompt(
        self,
        prompt_input: PromptInput,
        context: TextRange,
        around: Surroundings,
        budget: TokenBudget,
    ) -> str:
        count, markers = budget.count, self.special_tokens
        suffix_section = with_newline(FIM_SUFFIX + around.after)
        cursor_section = (
            f"{FILE_MARKER}{prompt_input.cursor_path}\n{around.before}"
            + self.region_section(around)
        )
        left = int(budget.limit(self.prompt_tokens) * _SAFETY)
        left = max(0, left - count(suffix_section + FIM_PREFIX))
        left = max(0, left - count(cursor_section + FIM_MIDDLE))
        history = history_section(prompt_input.events, HISTORY_HEADER, left, count, markers)
        left = max(0, left - count(history + "\n"))
        extra = self.extra_section(prompt_input, left, budget)
        if extra:
            left = max(0, left - count(extra + "\n"))
        files = without_context_excerpts(prompt_input, context)
        related = related_section(files, FILE_MARKER, left, count, markers)
        sections = (section + "\n" for section in (extra, related, history) if section)
        return suffix_section + FIM_PREFIX + "".join(sections) + cursor_section + FIM_MIDDLE
