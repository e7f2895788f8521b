"""How the threads of an inference library wait for one another. Knows no library."""

import os
from collections.abc import MutableMapping

SPINS = "2000"
"""Enough for most of the gaps inside a step. By default a thread spins for so long that, where
another process wants the core, the thread waited for does not get to run. ``benchmarks/RESULTS.md``
has the figures: beside a busy process a step is many times faster so, on idle cores a little
slower. An editor's machine is rarely idle."""


def limit_spinning(environment: MutableMapping[str, str] = os.environ) -> None:
    """Has to be called before the library is loaded. What the user has set is left alone."""
    if "OMP_WAIT_POLICY" not in environment:
        environment.setdefault("GOMP_SPINCOUNT", SPINS)
