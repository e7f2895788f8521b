"""Which reports the log holds already: a client that saw us crash will send them again."""

import re
from collections.abc import Iterator
from pathlib import Path

from eventlog.opening import segments_of
from eventlog.reading import ReadCounts, read_lines

MAX_BYTES = 128 << 20
_EVENT = re.compile(rb'"event_id":"([0-9A-HJKMNP-TV-Z]{26})"')
_REPORT = re.compile(rb'"kind":"(?:outcome|settled)"')


def recent_events(log_folder: Path) -> Iterator[str]:
    """Event ids of reports, in the newest segments, up to a bound of bytes read."""
    read = 0
    paths = [path for path in segments_of(log_folder) if not path.name.startswith("consent-")]
    for path in sorted(paths, key=lambda path: path.stat().st_mtime, reverse=True):
        for line in read_lines(path, ReadCounts()):
            read += len(line)
            event = _EVENT.search(line)
            if event and _REPORT.search(line):
                yield event[1].decode()
        if read > MAX_BYTES:
            return
