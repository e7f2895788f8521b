from training.definitions.outlines import merged, rows_to_show
from training.definitions.source_text import SourceText, read_source

TEXT = '''\
class Cart:
    """All items."""

    rate: int = 1

    def total(self) -> int:
        items = sum(self.items)
        return items * self.rate

    def add(self, item: Item) -> None:
        self.items.append(item)


def make(items):
    first = items[0]
    return Cart(first)
'''


def shown(name: str, max_bytes: int, hidden: tuple[int, int] = (0, 0), first_row: int = 0) -> str:
    source: SourceText = read_source("shop/cart.py", TEXT, first_row)
    definition = next(each for each in source.definitions if each.name == name)
    rows = rows_to_show(definition, source, max_bytes, hidden)
    text = "...\n".join(source.rows(first, end) for first, end in rows)
    assert len(text.replace("...\n", "").encode()) <= max_bytes
    return text


def test_a_short_definition_is_shown_whole() -> None:
    assert shown("make", 100) == TEXT[TEXT.index("def make") :]
    assert shown("Cart", 1000) == TEXT[: TEXT.index("\n\ndef make")]
    assert shown("make", 100, first_row=40) == shown("make", 100)


def test_of_a_long_type_the_declarations_are_shown() -> None:
    outline = "class Cart:\n...\n    rate: int = 1\n...\n    def total(self) -> int:\n"
    assert shown("Cart", 60) == outline
    assert shown("Cart", 100) == outline + "...\n    def add(self, item: Item) -> None:\n"


def test_a_long_function_is_cut_after_whole_rows() -> None:
    assert shown("make", 40) == "def make(items):\n    first = items[0]\n"
    assert shown("make", 39) == "def make(items):\n    first = items[0]\n"
    assert shown("make", 37) == "def make(items):\n"
    assert shown("make", 5) == ""


def test_hidden_rows_are_left_out() -> None:
    rest = TEXT[TEXT.index("    def add") : TEXT.index("\n\ndef make")]
    assert shown("Cart", 1000, hidden=(1, 9)) == "class Cart:\n...\n" + rest
    assert shown("make", 100, hidden=(13, 16)) == ""


def test_rows_that_touch_are_one() -> None:
    assert merged([(4, 6), (0, 2), (2, 3), (5, 9)]) == [(0, 3), (4, 9)]
