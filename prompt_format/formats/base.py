"""The contract every prompt format fulfils: facts about itself, and inverse functions."""

from typing import Protocol

from prompt_format.budget import TokenBudget
from prompt_format.inputs import PromptInput
from prompt_format.outputs import Edit, NoEdit, RenderedPrompt


class PromptFormat(Protocol):
    """One frozen object per format. A released format never changes: a change is a new name."""

    @property
    def name(self) -> str: ...

    @property
    def aliases(self) -> tuple[str, ...]:
        """Other names that users know it by."""
        ...

    @property
    def description(self) -> str:
        """One line: what sets the format apart, and which published models speak it."""
        ...

    @property
    def special_tokens(self) -> tuple[str, ...]:
        """Markers that must not stand in the user's text; one that ends in a newline, as a line."""
        ...

    @property
    def stop(self) -> tuple[str, ...]:
        """Strings that end the output. The engine leaves them out of its text."""
        ...

    def render(self, prompt_input: PromptInput, budget: TokenBudget) -> RenderedPrompt | NoEdit:
        """Build the prompt, or say why there can be none.

        Raises ``SpecialTokenInInput`` when the user's text contains one of ``special_tokens``.
        """
        ...

    def parse(self, output: str, rendered: RenderedPrompt) -> Edit | NoEdit:
        """Read the model's output (prefill included, stop string left out or not)."""
        ...

    def text_so_far(self, output: str, rendered: RenderedPrompt) -> str | None:
        """What the region's new text begins with, of an answer that has come to ``output``.

        None if the answer leaves the cursor's line alone.
        """
        ...

    def expected_output(self, rendered: RenderedPrompt, edit: Edit) -> str:
        """What a perfect model answers for ``edit``; ``parse`` gives the same edit back."""
        ...
