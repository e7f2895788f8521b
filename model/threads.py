"""How the threads of an inference library wait for one another. Knows no library."""

import os
from collections.abc import MutableMapping

SPINS = "2000"
"""Enough for most of the gaps inside a step. By default a thread spins for so long that, where
another process wants the core, the thread waited for does not get to run: on two cores of which one
is busy, a step took 1266 ms by default, 239 with 20000 spins, 55 with 2000, 35 with none; on idle
cores 32 with 20000, 36 with 2000, 45 with none. An editor's machine is rarely idle."""


def limit_spinning(environment: MutableMapping[str, str] = os.environ) -> None:
    """Has to be called before the library is loaded. What the user has set is left alone."""
    if "OMP_WAIT_POLICY" not in environment:
        environment.setdefault("GOMP_SPINCOUNT", SPINS)
