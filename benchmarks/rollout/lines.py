"""Lines of this repository, half typed."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "quality"
MIN_LINE_CHARS = 30
MARGIN = 8
"""Characters at least on either side of the cursor."""


@dataclass(frozen=True)
class HalfLine:
    """``rows`` of a file, of which ``row`` is typed up to a column; ``rest`` is what follows."""

    name: str
    rows: tuple[str, ...]
    row: int
    typed: str
    rest: str
    indentation: str

    @property
    def text(self) -> str:
        """The file now, with the cursor behind ``typed``."""
        rows = (*self.rows[: self.row], self.typed, *self.rows[self.row + 1 :])
        return "".join(f"{row}\n" for row in rows)

    @property
    def diff(self) -> str:
        """What was typed so far."""
        place = f"{self.row + 1},1"
        return f"@@ -{place} +{place} @@\n-{self.indentation}\n+{self.typed}\n"


def half_lines(seed: int) -> Iterator[HalfLine]:
    """Long lines of our own source, for ever, the same order every time."""
    source = random.Random(seed)
    paths = sorted(SOURCE.rglob("*.py"))
    while True:
        path = source.choice(paths)
        rows = tuple(path.read_text().splitlines())
        long = [row for row, line in enumerate(rows) if len(line.lstrip()) >= MIN_LINE_CHARS]
        if not long:
            continue
        row = source.choice(long)
        line = rows[row]
        indentation = line[: len(line) - len(line.lstrip())]
        at = source.randrange(len(indentation) + MARGIN, len(line) - MARGIN)
        yield HalfLine(path.name, rows, row, line[:at], line[at:], indentation)
