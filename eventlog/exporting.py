"""Records as plain lines for other programs: opened where a key is given, each event once."""

import os
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing
from pathlib import Path

from eventlog.reading import KeyLookup, ReadCounts, read_records
from eventlog.records import Record


def export_records(
    paths: Iterable[Path],
    output: Path,
    keys: KeyLookup | None = None,
    kinds: Collection[str] | None = None,
    counts: ReadCounts | None = None,
) -> int:
    """Write them to ``output``, which appears when it is whole. How many. Raises ``OSError``."""
    partial = output.with_name(output.name + ".partial")
    num_written = 0
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        for record in each_once(read_records(paths, counts, keys)):
            if not kinds or record.kind in kinds:
                file.write(record.model_dump_json(exclude_none=True) + "\n")
                num_written += 1
    partial.rename(output)
    return num_written


def each_once(records: Iterable[Record]) -> Iterator[Record]:
    """Without those whose event id has come before. What has come is kept on disk, not in memory.

    A client that tries again after a crash sends the same event; the log may hold it twice.
    """
    with closing(sqlite3.connect("")) as seen:
        seen.execute("CREATE TABLE seen (event TEXT PRIMARY KEY) WITHOUT ROWID")
        for record in records:
            added = seen.execute("INSERT OR IGNORE INTO seen VALUES (?)", (record.event_id,))
            if added.rowcount:
                yield record
