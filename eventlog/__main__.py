"""``python -m eventlog``: look into a log.

    tail FOLDER [-n 20] [--follow]     the newest records, one per line
    verify FOLDER                      checksums, tears, and what the manifest promises
    stats FOLDER [--by arm]            figures by group
    export FOLDER -o out.jsonl         records as plain lines, each once
    collect ADDRESS FOLDER             bring a log from Redis, Kafka or an object store here

FOLDER is a log (``DATA/log``). What is sealed is shown only with ``--data``, a data folder or the
Redis that servers share, whose keys open it. Exit status 1: something is damaged; 2: it could not
be done.
"""

import argparse
import json
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from functools import lru_cache
from pathlib import Path

from eventlog.brokers.opening import is_broker, subscribe_folder
from eventlog.checking import check
from eventlog.collecting import collect, fetch
from eventlog.exporting import export_records
from eventlog.opening import existing_keys, segments_of
from eventlog.reading import KeyLookup, ReadCounts
from eventlog.segments import (
    DAY_SECONDS,
    EventLogError,
    RecordClass,
    SegmentConfig,
    SegmentLog,
    SegmentStore,
)
from eventlog.statistics import GROUPS, figures
from eventlog.tailing import tail

MAX_KEYS = 10_000
MAX_DAYS = 1e6


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        if options.command is not _collect and not options.folder.is_dir():
            raise NotADirectoryError(f"there is no folder {options.folder}")
        status = options.command(options)
        assert isinstance(status, int)
        return status
    except (EventLogError, OSError, ValueError) as error:
        print(f"eventlog: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _tail(options: argparse.Namespace) -> int:
    for line in tail(options.folder, options.lines, follow=options.follow, keys=_keys(options)):
        print(line, flush=options.follow)
    return 0


def _verify(options: argparse.Namespace) -> int:
    num_problems = 0
    for report in check(options.folder):
        num_problems += report.problem is not None
        state = report.problem or "ok"
        print(f"{report.name}  {report.num_records} records  {report.num_bytes} bytes  {state}")
    return int(num_problems > 0)


def _stats(options: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory() as temporary:
        rows = figures(segments_of(options.folder), options.by, Path(temporary))
    for row in rows:
        print(json.dumps(row))
    return 0


def _export(options: argparse.Namespace) -> int:
    counts = ReadCounts()
    paths = segments_of(options.folder)
    written = export_records(paths, options.output, _keys(options), options.kind, counts)
    print(
        f"{written} records; left out: {counts.num_sealed} sealed, {counts.num_invalid} damaged,"
        f" {counts.num_unknown} of unknown kind",
        file=sys.stderr,
    )
    return 0


def _collect(options: argparse.Namespace) -> int:
    if "://" in options.address and not is_broker(options.address):
        number = fetch(SegmentStore(options.address), options.folder)
        print(f"{number} segments", file=sys.stderr)
        return 0
    subscription = subscribe_folder(options.address, options.group, options.folder)
    store = SegmentStore(options.store) if options.store else None
    log = SegmentLog(options.folder, _collecting(options), store)
    with closing(subscription):
        log.start()
        try:
            number = collect(subscription, log, follow=options.follow)
        finally:
            log.stop()
    print(f"{number} records", file=sys.stderr)
    return 0


def _collecting(options: argparse.Namespace) -> SegmentConfig:
    """In the store, which others may fill who keep theirs for longer, only what was said holds."""
    days = {RecordClass.TEXT: options.text_days, RecordClass.COUNTS: options.counts_days}
    said = {each: DAY_SECONDS * number for each, number in days.items() if number is not None}
    default = SegmentConfig().retention_seconds
    return SegmentConfig(retention_seconds=default | said, store_retention_seconds=said)


def _keys(options: argparse.Namespace) -> KeyLookup | None:
    if options.data is None:
        return None
    keys = existing_keys(options.data, options.master_key)
    return lru_cache(maxsize=MAX_KEYS)(keys.key_named)


def _days(text: str) -> float:
    number = float(text)
    if not 0 < number <= MAX_DAYS:
        raise ValueError
    return number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m eventlog", description="Look into a log.")
    commands = parser.add_subparsers(required=True)
    tails = commands.add_parser("tail", help="the newest records")
    tails.set_defaults(command=_tail)
    tails.add_argument("-n", "--lines", type=int, default=20)
    tails.add_argument("-f", "--follow", action="store_true", help="go on as records come")
    verifies = commands.add_parser("verify", help="is the log whole?")
    verifies.set_defaults(command=_verify)
    stats = commands.add_parser("stats", help="figures by group")
    stats.set_defaults(command=_stats)
    stats.add_argument(
        "--by", type=lambda text: text.split(","), default=["experiment", "arm"],
        help=f"some of {','.join(GROUPS)}",
    )  # fmt: skip
    exports = commands.add_parser("export", help="records as plain lines, each once")
    exports.set_defaults(command=_export)
    exports.add_argument("-o", "--output", type=Path, required=True)
    exports.add_argument("--kind", action="append", help="only this kind; may be repeated")
    collects = commands.add_parser("collect", help="bring a log here that lies elsewhere")
    collects.set_defaults(command=_collect)
    collects.add_argument("address", help="redis://…, kafka://…, or an object store's URL")
    collects.add_argument(
        "--group", default="collect",
        help="whose members divide text and counts, not users; each gets all consents",
    )  # fmt: skip
    collects.add_argument("--store", help="an object store that sealed segments go to from here")
    for name, default in (("text", 30), ("counts", 400)):
        collects.add_argument(
            f"--{name}-days", type=_days,
            help=f"days of {name} to keep: here {default} if not given; in the store only if given,"
            " and then whoever filled it",
        )  # fmt: skip
    collects.add_argument("-f", "--follow", action="store_true", help="go on as records come")
    for command in (tails, verifies, stats, exports, collects):
        command.add_argument("folder", type=Path)
    for command in (tails, exports):
        command.add_argument("--data", help="the data folder, or Redis, whose keys open the words")
        command.add_argument("--master-key", help="file:PATH or command:PROGRAM")
    return parser


if __name__ == "__main__":
    # As Ctrl-C does: a collector that is stopped seals what it has, and leaves its group.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
