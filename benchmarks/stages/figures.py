"""Figures of one stage at one number of rows, how they grow, and a table of them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

from benchmarks.stages.bench import FOLDERS, Bench, command, source_of
from benchmarks.stages.examples import count_lines
from benchmarks.stages.inputs import prepare
from benchmarks.stages.measuring import Watched, measure

Figures = dict[str, Any]
COLUMNS = (
    ("rows", "rows"),
    ("seconds", "seconds"),
    ("rows_per_second", "rows/s"),
    ("cpu_seconds", "cpu s"),
    ("peak_mb", "peak MB"),
    ("again_seconds", "again s"),
    ("times_faster_again", "faster"),
    ("failed", "failed"),
)
GROWTHS = (("seconds_growth", "time/row x"), ("peak_growth", "memory x"))


def figures_of(stage: str, bench: Bench) -> Figures:
    """Run ``stage``, then again with nothing changed. Raises ``StageFailed``."""
    prepare(stage, bench)
    arguments, load = command(stage, bench), psutil.getloadavg()[0]
    first = measure(arguments, bench.log_file)
    again = measure(arguments, bench.log_file)
    counts = _counts(bench.output(stage))
    rows = counts["num_out"] if stage == "synthesize" else _num_rows(stage, bench)
    return {
        "rows": rows,
        "input_mb": _megabytes(_size(source_of(stage, bench))),
        "seconds": round(first.seconds, 2),
        "rows_per_second": round(rows / first.seconds, 1),
        "cpu_seconds": round(first.watched.cpu_seconds, 2),
        "peak_mb": _megabytes(first.watched.peak.total()),
        "peak_by_program": _by_program(first.watched),
        "again_seconds": round(again.seconds, 3),
        "again_peak_mb": _megabytes(again.watched.peak.total()),
        "times_faster_again": round(first.seconds / again.seconds, 1),
        "rows_out": None if stage in FOLDERS else counts["num_out"],
        "failed": sum(counts["failed"].values()),
        "load_before": round(load, 2),
    }


def growth_of(small: Figures, large: Figures) -> Figures:
    """Time of a row, and memory, at the large number of rows over those at the small one."""
    by_row = [each["seconds"] / each["rows"] for each in (small, large)]
    return {
        "rows_growth": round(large["rows"] / small["rows"], 2),
        "seconds_growth": round(by_row[1] / by_row[0], 2),
        "peak_growth": round(large["peak_mb"] / small["peak_mb"], 2),
    }


def table(stages: Mapping[str, Mapping[str, Figures]]) -> str:
    """A line for each stage and number of rows; the last of a stage says how it grows."""
    head = ("stage", *(title for _key, title in (*COLUMNS, *GROWTHS)))
    lines = [head, *(line for stage, runs in stages.items() for line in _table_rows(stage, runs))]
    widths = [max(len(line[at]) for line in lines) for at in range(len(head))]
    return "\n".join(_aligned(line, widths) for line in lines)


def _table_rows(stage: str, runs: Mapping[str, Figures]) -> Iterator[tuple[str, ...]]:
    sizes = [size for size in runs if size != "growth"]
    for size in sizes:
        figures = runs[size]
        if "error" in figures:
            yield (stage, size, "did not run", *[""] * (len(COLUMNS) + len(GROWTHS) - 2))
            continue
        growth = runs.get("growth", {}) if size == sizes[-1] else {}
        shown = [f"{figures[key]:,}" for key, _title in COLUMNS]
        yield (stage, *shown, *(f"{growth[key]}" if growth else "" for key, _title in GROWTHS))


def _aligned(line: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = line
    cells = [first.ljust(widths[0]), *map(str.rjust, rest, widths[1:])]
    return "  ".join(cells).rstrip()


def _num_rows(stage: str, bench: Bench) -> int:
    source = source_of(stage, bench)
    if source is None or source.is_dir():  # an event log: one prediction for each row
        return bench.num_rows
    return count_lines(source)


def _size(path: Path | None) -> int:
    if path is None:
        return 0
    files = path.iterdir() if path.is_dir() else [path]
    return sum(each.stat().st_size for each in files)


def _counts(out: Path) -> dict[str, Any]:
    """What the run itself says about its rows."""
    manifest = out.with_name(f"{out.name}.manifest.json")
    counts: dict[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))["counts"]
    return counts


def _by_program(watched: Watched) -> Figures:
    programs = {name: _megabytes(size) for name, size in watched.peak.most_common()}
    return {"processes": watched.num_processes, **programs}


def _megabytes(size: int) -> float:
    return round(size / 1e6, 1)
