"""Which rows of the inputs a run takes."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from training.errors import RowError, RunError
from training.examples import Example
from training.files import RawRow, parse_row
from training.runner.chunks import unit_chunks
from training.runner.options import RowSelection
from training.runner.values import Chunk


def selected(raws: Iterable[RawRow], selection: RowSelection) -> Iterator[RawRow]:
    """The rows of ``raws`` that ``selection`` names, in order."""
    found = iter(raws)
    if selection.rows is not None:
        found = _of_numbers(found, frozenset(selection.rows))
    if selection.name is not None:
        part = selection.name
        found = (raw for raw in found if part in _name_of(raw))
    end = None if selection.limit is None else selection.offset + selection.limit
    return islice(found, selection.offset, end)


def selected_units(units: Iterable[Any], selection: RowSelection) -> Iterator[Chunk]:
    """Units of a source, by number. Raises ``RunError`` for a selection by name: they have none."""
    if selection.name is not None:
        raise RunError("the units of a source have no names; select them by number")
    wanted = None if selection.rows is None else frozenset(selection.rows)
    found = (chunk for chunk in unit_chunks(units) if wanted is None or chunk.unit_index in wanted)
    end = None if selection.limit is None else selection.offset + selection.limit
    return islice(found, selection.offset, end)


def _of_numbers(raws: Iterator[RawRow], numbers: frozenset[int]) -> Iterator[RawRow]:
    last = max(numbers, default=-1)
    if last < 0:
        return
    for raw in raws:
        if raw.row in numbers:
            yield raw
        if raw.row >= last:
            return


def _name_of(raw: RawRow) -> str:
    """Without a full check: the row may be of any type, or broken."""
    if raw.is_markdown:
        try:
            return parse_row(raw, Example).spec.name
        except RowError:
            return raw.label
    try:
        row: Any = json.loads(raw.data)
    except (ValueError, RecursionError):
        return raw.label
    if not isinstance(row, dict):
        return raw.label
    spec = row.get("spec")
    name = spec.get("name") if isinstance(spec, dict) else row.get("name")
    return name if isinstance(name, str) and name else raw.label
