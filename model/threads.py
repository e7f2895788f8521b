"""How the threads of an inference library wait for one another. Knows no library."""

import os
from collections.abc import MutableMapping

SPINS = "20000"
"""Enough for the gaps inside a step. By default a thread spins for so long that, where another
process wants the core, the thread waited for does not run: steps then take five times as long."""


def limit_spinning(environment: MutableMapping[str, str] = os.environ) -> None:
    """Has to be called before the library is loaded. What the user has set is left alone."""
    if "OMP_WAIT_POLICY" not in environment:
        environment.setdefault("GOMP_SPINCOUNT", SPINS)
