"""What lies on disk: rows as JSON lines, plain or compressed, and examples as markdown."""

from training.files.inputs import InputFile, resolve_inputs
from training.files.parsing import parse_row, to_line
from training.files.reading import RawRow, RowReader

__all__ = ["InputFile", "RawRow", "RowReader", "parse_row", "resolve_inputs", "to_line"]
