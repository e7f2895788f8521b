"""Which reports the log holds already: a client that saw us crash will send them again."""

import re
from collections.abc import Iterator
from pathlib import Path

from eventlog.lines import is_whole
from eventlog.opening import segments_of
from eventlog.reading import ReadCounts, read_lines

MAX_BYTES = 64 << 20
"""Of files, packed or not."""
_EVENT = re.compile(rb'"event_id":"([0-9A-HJKMNP-TV-Z]{26})"')
_REPORT = re.compile(rb'"kind":"(?:outcome|settled)"')


def recent_events(log_folder: Path) -> Iterator[str]:
    """Event ids of reports in the newest segments, up to a bound of bytes, newest segment last.

    A line that a crash has torn is not there: the start will cut it off.
    """
    paths = [path for path in segments_of(log_folder) if not path.name.startswith("consent-")]
    newest: list[Path] = []
    num_bytes = 0
    for path in sorted(paths, key=lambda path: path.stat().st_mtime, reverse=True):
        if num_bytes > MAX_BYTES:
            break
        newest.insert(0, path)
        num_bytes += path.stat().st_size
    for path in newest:
        for line in read_lines(path, ReadCounts()):
            event = _EVENT.search(line)
            if event and _REPORT.search(line) and is_whole(line):
                yield event[1].decode()
