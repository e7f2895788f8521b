"""Figures of a whole log, by arm, in bounded memory: DuckDB over the segments as they lie there.

An event that stands in the log twice (a client tried again after a crash) counts once. Nothing that
is sealed is read.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

MEMORY_LIMIT = "1GB"
MAX_LINE_BYTES = 64 << 20

_COUNTS = (
    "candidate_new_bytes",
    "candidate_deleted_bytes",
    "reference_new_bytes",
    "reference_deleted_bytes",
    "kept_bytes",
    "correctly_deleted_bytes",
    "discarded_bytes",
)
_COLUMNS = {
    "event_id": "VARCHAR",
    "kind": "VARCHAR",
    "user": "VARCHAR",
    "experiment": "VARCHAR",
    "arm": "VARCHAR",
    "prompt_format": "VARCHAR",
    "model_version": "VARCHAR",
    "outcome": "VARCHAR",
    "reason": "VARCHAR",
    "source": "VARCHAR",
    "seconds": "STRUCT(total DOUBLE)",
    "counts": f"STRUCT({', '.join(f'{name} BIGINT' for name in _COUNTS)})",
}
GROUPS = ("experiment", "arm", "prompt_format", "model_version")

_FIGURES = """
    count(*) FILTER (kind = 'prediction') AS predictions,
    count(*) FILTER (kind = 'prediction' AND reason IS NULL) AS edits,
    count(DISTINCT "user") AS users,
    round(quantile_cont(seconds.total, 0.5) FILTER (kind = 'prediction'), 4) AS p50_seconds,
    round(quantile_cont(seconds.total, 0.9) FILTER (kind = 'prediction'), 4) AS p90_seconds,
    count(*) FILTER (outcome = 'shown') AS shown,
    count(*) FILTER (outcome = 'accepted') AS accepted,
    count(*) FILTER (outcome = 'partially_accepted') AS partially_accepted,
    count(*) FILTER (outcome = 'rejected') AS rejected,
    count(*) FILTER (kind = 'settled') AS settled,
    round(
        sum(counts.kept_bytes + counts.correctly_deleted_bytes)
        / nullif(sum(counts.candidate_new_bytes + counts.candidate_deleted_bytes), 0), 4
    ) AS kept_rate,
    round(
        sum(counts.kept_bytes + counts.correctly_deleted_bytes)
        / nullif(sum(counts.reference_new_bytes + counts.reference_deleted_bytes), 0), 4
    ) AS recall_rate
"""


def figures(
    segments: Sequence[Path],
    group_by: Sequence[str] = ("experiment", "arm"),
    temporary: Path | None = None,
) -> list[dict[str, Any]]:
    """One row for each group, in its order. ``temporary`` takes what does not fit into memory.

    Raises ``ValueError`` for a group that is none of ``GROUPS``, or without DuckDB.
    """
    try:
        import duckdb
    except ImportError:
        raise ValueError("figures need DuckDB: pip install -e '.[data]'") from None
    unknown = set(group_by) - set(GROUPS)
    if unknown or not group_by:
        raise ValueError(f"group by some of {', '.join(GROUPS)}")
    if not segments:
        return []
    groups = ", ".join(group_by)
    with duckdb.connect() as database:
        database.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
        database.execute("SET preserve_insertion_order = false")
        if temporary is not None:
            database.execute("SET temp_directory = ?", [str(temporary)])
        found = database.execute(
            f"""
            SELECT {groups}, {_FIGURES}
            FROM (
                SELECT DISTINCT ON (event_id) *
                FROM read_json(
                    $segments, format = 'newline_delimited', ignore_errors = true,
                    columns = $columns, maximum_object_size = {MAX_LINE_BYTES}
                )
                WHERE event_id IS NOT NULL AND kind IN ('prediction', 'outcome', 'settled')
            )
            GROUP BY {groups} ORDER BY {groups}
            """,
            {"segments": [str(path) for path in segments], "columns": _COLUMNS},
        )
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
