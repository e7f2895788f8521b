"""``V0420Diagnostics``: ``V0318SeedMultiRegions`` that also sees diagnostics, in twice the room.

Before the related files stands the section

    <filename>diagnostics
    *undefined name 'ret'*:
    ```
        ret
    ```

The expected output is that of ``V0318SeedMultiRegions``.
"""

from dataclasses import dataclass
from typing import ClassVar

from prompt_format.budget import TokenBudget
from prompt_format.diagnostics import diagnostics_section
from prompt_format.formats import seed_coder
from prompt_format.formats.v0318_seed_multi_regions import V0318SeedMultiRegions
from prompt_format.inputs import PromptInput

HEADER = f"{seed_coder.FILE_MARKER}diagnostics\n"


@dataclass(frozen=True, slots=True)
class V0420Diagnostics(V0318SeedMultiRegions):
    """See the module."""

    prompt_tokens: ClassVar[int] = 8192

    name: str = "V0420Diagnostics"
    aliases: tuple[str, ...] = ()
    description: str = "as V0318SeedMultiRegions, with the language server's diagnostics"

    def extra_section(self, prompt_input: PromptInput, max_tokens: int, budget: TokenBudget) -> str:
        return diagnostics_section(
            prompt_input, HEADER, max_tokens, budget.count, self.special_tokens
        )
