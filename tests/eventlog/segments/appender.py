"""A process that appends numbers from several threads and prints each that is durable.

``python -m tests.eventlog.segments.appender FOLDER FIRST``, to be killed at any moment.
"""

import sys
import threading
from itertools import count
from pathlib import Path

from eventlog.segments import SegmentConfig, SegmentLog
from tests.eventlog.segments.conftest import line

NUM_THREADS = 4


def main() -> None:
    folder, first = Path(sys.argv[1]), int(sys.argv[2])
    log = SegmentLog(folder, SegmentConfig(max_segment_bytes=20_000, min_free_bytes=0))
    log.start()
    printing = threading.Lock()

    def append(start: int) -> None:
        for number in count(start, NUM_THREADS):
            log.append([line(number)]).result()
            with printing:
                print(number, flush=True)

    for start in range(first, first + NUM_THREADS):
        threading.Thread(target=append, args=(start,), daemon=True).start()
    threading.Event().wait()


if __name__ == "__main__":
    main()
