"""Answers that are not whole yet: what text they have come to."""

import re
from collections.abc import Sequence

from prompt_format.outputs import RenderedPrompt


def without_markers(output: str, markers: Sequence[str]) -> str:
    """``output`` without ``markers``, and without the start of one at its end."""
    *pieces, last = re.split("|".join(map(re.escape, markers)), output)
    starts = (marker[:length] for marker in markers for length in range(1, len(marker)))
    num_begun = max((len(start) for start in starts if last.endswith(start)), default=0)
    return "".join([*pieces, last[: len(last) - num_begun]])


def added_so_far(output: str, rendered: RenderedPrompt, markers: Sequence[str]) -> str | None:
    """The region's text so far if ``output`` is put in at the cursor; None if a marker begins it.

    With ``markers`` an answer says that it does something else.
    """
    if output.startswith(tuple(markers)):
        return None
    return rendered.around_cursor[0] + without_markers(output, markers)
