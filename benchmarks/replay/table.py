"""The figures of several servers as a table for people."""

from collections.abc import Mapping
from typing import Any

from benchmarks.replay.figures import Figures

ROWS = (
    ("keystrokes", "keystrokes"),
    ("p50 ms, answered ones", "latency.p50_ms"),
    ("p90 ms", "latency.p90_ms"),
    ("p99 ms", "latency.p99_ms"),
    ("p50 ms, if waited for", "latency_if_waited_for.p50_ms"),
    ("p90 ms", "latency_if_waited_for.p90_ms"),
    ("p99 ms", "latency_if_waited_for.p99_ms"),
    ("answered before the next key", "answered_before_next_key"),
    ("answered without the model", "answered_without_model"),
    ("superseded", "superseded"),
    ("failed", "failed"),
    ("model steps per answer", "model_steps_per_answer"),
    ("prefilled tokens per answer", "prefilled_tokens_per_answer"),
    ("model steps per keystroke", "server_counted.model_steps_per_keystroke"),
    ("prefilled tokens per keystroke", "server_counted.prefilled_tokens_per_keystroke"),
    ("tokens generated for nothing", "server_counted.generated_for_nothing"),
    ("tokens seen for nothing", "tokens_seen_for_nothing"),
    ("server's CPU ms per keystroke", "server_cpu_ms_per_keystroke"),
    ("server's CPU ms per answer", "server_cpu_ms_per_answer"),
    ("shown", "shown"),
    ("right", "right"),
    ("keystrokes saved", "keystrokes_saved"),
    ("client's share of a core", "client.processor_share"),
    ("client's lateness, p99 ms", "client.lateness.p99_ms"),
)


def table(columns: Mapping[str, Figures]) -> str:
    """One line for each figure, one column for each server; ``-`` where a figure is not known."""
    lines = [["", *columns]]
    lines += [[title, *(_cell(f, path) for f in columns.values())] for title, path in ROWS]
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _cell(figures: Figures, path: str) -> str:
    value: Any = figures
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    if isinstance(value, dict):
        return str(sum(value.values()))
    return "-" if value is None else str(value)
