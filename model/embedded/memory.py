"""Memory that was freed, given back to the system.

The C library keeps what it is given back in pieces, to hand it out again: what loading a model
needed on the way, as much as the model itself, and all of it once the model is gone.
"""

import ctypes
import sys


def give_back() -> None:
    """Do so where the C library can be told to. Takes some milliseconds."""
    if sys.platform != "linux":
        return
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # other C libraries have none
    if trim is not None:
        trim(0)
