"""What a start finds that a crash has left: torn tails are cut off, half-made files go away."""

import os
from pathlib import Path

from eventlog.lines import is_whole
from eventlog.segments.names import OPEN_SUFFIX, PARTIAL_SUFFIX, SegmentName, segments_in
from eventlog.segments.open_segment import sync_folder


def recover(folder: Path) -> tuple[list[SegmentName], int]:
    """The open segments, repaired and to be sealed, and how many bytes were cut off.

    A line in the middle that is damaged stays where it is: what follows it was acknowledged, and
    readers count it. Raises ``OSError``.
    """
    for partial in folder.glob(f"*{PARTIAL_SUFFIX}"):
        partial.unlink()
    names, num_cut = [], 0
    for name, path in segments_in(folder, OPEN_SUFFIX):
        num_cut += _cut_tear(path)
        names.append(name)
    sync_folder(folder)
    return names, num_cut


def _cut_tear(path: Path) -> int:
    whole = offset = 0
    with path.open("r+b") as file:
        for line in file:
            offset += len(line)
            if is_whole(line):
                whole = offset
        if whole < offset:
            file.truncate(whole)
            file.flush()
            os.fsync(file.fileno())
    return offset - whole
