"""Rows as they lie on disk, not yet understood, from any number of files."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from training.errors import RunError
from training.files.inputs import InputFile
from training.files.lines import MAX_LINE_BYTES, ByteCount, read_lines


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row's bytes. ``row`` counts from 0 over all inputs; ``label`` names a nameless row.

    ``problem`` says why there are no bytes.
    """

    row: int
    label: str
    data: bytes
    is_markdown: bool = False
    problem: str | None = None


class RowReader:
    """Reads ``files`` one after another; how far it is shows in ``num_bytes_read``."""

    def __init__(self, files: Sequence[InputFile]) -> None:
        self._files = files
        self._count = ByteCount()
        self.num_counted = 0
        self.num_bytes = sum(file.path.stat().st_size for file in files)

    @property
    def num_bytes_read(self) -> int:
        return self._count.num_bytes

    def fraction(self) -> float | None:
        """How much is read, 0 to 1; None where there are no bytes to read."""
        return self.num_bytes_read / self.num_bytes if self.num_bytes else None

    def counted(self, rows: Iterator[RawRow]) -> Iterator[RawRow]:
        """``rows``, how many have been taken of them in ``num_counted``."""
        for row in rows:
            self.num_counted += 1
            yield row

    def __iter__(self) -> Iterator[RawRow]:
        """Every row, from the beginning. Raises ``RunError`` for a damaged file."""
        self._count.num_bytes = 0
        row = 0
        for file in self._files:
            if file.kind == "markdown":
                yield self._markdown(file, row)
                row += 1
                continue
            for index, line in enumerate(read_lines(file, self._count)):
                label = f"{file.stem}-{index}"
                if line is None:
                    problem = f"the line is longer than {MAX_LINE_BYTES} bytes"
                    yield RawRow(row, label, b"", problem=problem)
                else:
                    yield RawRow(row, label, line)
                row += 1

    def _markdown(self, file: InputFile, row: int) -> RawRow:
        try:
            data = file.path.read_bytes()
        except OSError as error:
            raise RunError(f"{file.path} cannot be read: {error.strerror}") from None
        self._count.num_bytes += len(data)
        return RawRow(row, file.stem, data, is_markdown=True)
