"""Every prompt format by its name. A new format is a module beside this one and a line here."""

from collections.abc import Mapping
from types import MappingProxyType

from prompt_format.errors import UnknownPromptFormat
from prompt_format.formats.base import PromptFormat
from prompt_format.formats.completion import Completion
from prompt_format.formats.fill_in_middle import MELLUM, QWEN, STARCODER
from prompt_format.formats.foretype_region import ForetypeRegion
from prompt_format.formats.foretype_span import ForetypeSpan
from prompt_format.formats.sweep import Sweep
from prompt_format.formats.v0211_seed_coder import V0211SeedCoder
from prompt_format.formats.v0318_seed_multi_regions import V0318SeedMultiRegions
from prompt_format.formats.v0420_diagnostics import V0420Diagnostics
from prompt_format.formats.zeta1 import Zeta1

_FORMATS: tuple[PromptFormat, ...] = (
    Completion(),
    Zeta1(),
    V0211SeedCoder(),
    V0318SeedMultiRegions(),
    V0420Diagnostics(),
    ForetypeSpan(),
    ForetypeRegion(),
    Sweep(),
    QWEN,
    STARCODER,
    MELLUM,
)

FORMATS: Mapping[str, PromptFormat] = MappingProxyType({each.name: each for each in _FORMATS})


def find_format(name: str) -> PromptFormat:
    """The format of that name, alias or unique part of a name, whatever the case.

    Raises ``UnknownPromptFormat`` with the list of names.
    """
    wanted = name.casefold()
    for each in _FORMATS:
        if wanted in (each.name.casefold(), *(alias.casefold() for alias in each.aliases)):
            return each
    matches = [each for each in _FORMATS if wanted and wanted in each.name.casefold()]
    if len(matches) == 1:
        return matches[0]
    raise UnknownPromptFormat(
        f"the name is {'ambiguous' if matches else 'unknown'}; formats: {', '.join(FORMATS)}"
    )
