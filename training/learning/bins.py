"""Which rows share a packed sequence: best fit, longest rows first."""

from bisect import bisect_left, insort

import numpy as np
from numpy.typing import NDArray


def bins_of(lengths: NDArray[np.int64], capacity: int) -> list[list[int]]:
    """Indices of rows, bin by bin; no bin's lengths add up to more than ``capacity``.

    The same lengths always give the same bins. Raises ``ValueError`` for a row that fits nowhere.
    """
    if len(lengths) and int(lengths.max()) > capacity:
        raise ValueError(f"a row of {int(lengths.max())} tokens does not fit into {capacity}")
    bins: list[list[int]] = []
    with_space: dict[int, list[int]] = {}
    spaces: list[int] = []
    for index in np.argsort(-lengths, kind="stable").tolist():
        length = int(lengths[index])
        place = bisect_left(spaces, length)
        if place == len(spaces):
            number, space = len(bins), capacity
            bins.append([])
        else:
            space = spaces[place]
            number = with_space[space].pop()
            if not with_space[space]:
                del with_space[space], spaces[place]
        bins[number].append(index)
        left = space - length
        if left not in with_space:
            with_space[left] = []
            insort(spaces, left)
        with_space[left].append(number)
    return bins
