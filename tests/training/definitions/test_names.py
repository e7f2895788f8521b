from tree_sitter import Node

from quality.syntax import parse
from training.definitions.names import UsedName, names_around

CODE = """\
import os


def price(order):
    rate = Rate.FULL
    return total(order.items, rate=rate)


def other():
    return far
"""


def root(text: str, language: str = "python") -> Node:
    tree = parse(text.encode(), language)
    assert tree is not None
    return tree.root_node


def around(word: str, max_rows: int, text: str = CODE, language: str = "python") -> list[str]:
    cursor = len(text[: text.index(word)].encode())
    found = names_around(root(text, language), text.encode(), cursor, max_rows)
    return [("." if each.is_qualified else "") + each.name for each in found]


def test_the_nearest_names_come_first() -> None:
    assert around("total", 0) == ["total", "order", ".items", "rate"]
    assert around("total", 1)[4:] == ["Rate", ".FULL"]


def test_rows_out_of_reach_are_left_out() -> None:
    assert "far" not in around("total", 3)
    assert "far" in around("total", 4)


def test_a_name_used_plainly_somewhere_is_plain() -> None:
    text = "a.total = total\n"
    assert "total" in around("total", 0, text)


def test_names_of_other_languages() -> None:
    assert around("Do", 0, "func f() { shop.Do(x) }\n", "go") == [".Do", "x", "shop", "f"]
    found = around("total", 0, "const a: Cart = b.total(c)\n", "typescript")
    assert found == [".total", "b", "c", "Cart", "a"]
    assert ".Item" in around("Item", 0, "let a = shop::Item::new();\n", "rust")


def test_no_more_names_than_asked_for() -> None:
    text = " + ".join(f"name{at}" for at in range(50)).encode()
    found = names_around(root(text.decode()), text, 0, 0, max_names=4)
    assert found == tuple(UsedName(f"name{at}", False) for at in range(4))


def test_text_without_names_has_none() -> None:
    assert around("1", 3, "1 + (\n") == []
