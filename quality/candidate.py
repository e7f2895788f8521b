"""The prediction under judgement: what the editor sent, what was asked, what the model answered."""

from dataclasses import dataclass
from functools import cached_property

from prompt_format.errors import InvalidRange
from prompt_format.inputs import PromptInput
from prompt_format.outputs import Edit, RenderedPrompt


@dataclass(frozen=True)
class Candidate:
    """An edit that was parsed and not yet shown.

    ``raw_output`` is the model's text before parsing; ``truncated`` says that the token limit cut
    it. The derived texts exist only where ``is_in_region``.
    """

    prompt_input: PromptInput
    rendered: RenderedPrompt
    edit: Edit
    raw_output: str
    truncated: bool = False

    @cached_property
    def is_in_region(self) -> bool:
        """Whether the edit stays inside the editable region and splits no character."""
        if not self.rendered.editable_range.contains(self.edit.editable_range):
            return False
        try:
            self.prompt_input.check_range(self.edit.editable_range, "editable_range")
        except InvalidRange:
            return False
        return True

    @cached_property
    def text_before(self) -> str:
        """The excerpt up to the edit."""
        return self.prompt_input.excerpt_bytes[: self.edit.editable_range.start].decode()

    @cached_property
    def old_text(self) -> str:
        """What the edit replaces."""
        edited = self.edit.editable_range
        return self.prompt_input.excerpt_bytes[edited.start : edited.end].decode()

    @cached_property
    def text_after(self) -> str:
        """The excerpt from the edit on."""
        return self.prompt_input.excerpt_bytes[self.edit.editable_range.end :].decode()

    @cached_property
    def predicted_excerpt(self) -> str:
        """The whole excerpt with the edit applied."""
        return self.text_before + self.edit.new_text + self.text_after
