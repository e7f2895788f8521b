import pytest

from quality.syntax import PARSED_LANGUAGES
from training.definitions.finding import Definition, find_definitions
from training.definitions.node_types import NODE_TYPES, family_of

SOURCES = {
    "bash": ("total() {\n  echo 1\n}\nRATE=2\n", "total RATE", ""),
    "c": (
        "#define MAX 1\ntypedef struct { int a; } Cart;\nstruct Item { int b; };\n"
        "static int *total(int a) { return 0; }\n#ifdef MAX\nint rest() { }\n#endif\n",
        "MAX Cart Item total rest",
        "",
    ),
    "cpp": (
        "namespace shop { template <class T> class Cart { int rate; }; }\n"
        "void shop::Cart::total() {}\nusing A = int;\n",
        "Cart total A",
        "",
    ),
    "go": (
        "package p\n\ntype Cart struct { A int }\n\nconst Rate = 1\n\nvar all []Cart\n\n"
        "func (c *Cart) Total() {}\n\nfunc New() {}\n",
        "Cart Rate all New",
        "Total",
    ),
    "java": (
        "class Cart { int rate = 1; void total() {} enum Kind { A } }\ninterface Item {}\n",
        "Cart Kind Item",
        "rate total",
    ),
    "javascript": (
        "export class Cart { rate = 1; total() {} }\nfunction make() {}\nconst a = 1, b = 2;\n",
        "Cart make a b",
        "rate total",
    ),
    "lua": (
        "local M = {}\nfunction M.total(a) end\nfunction M:add() end\nlocal function make() end\n"
        "M.rest = function() end\n",
        "M make",
        "total add rest",
    ),
    "python": (
        "RATE = 1\n@dec\nclass Cart:\n    size: int = 1\n    def total(self): ...\n"
        "type Items = list\nif RATE:\n    def make(): ...\na.b = 2\n",
        "RATE Cart Items make",
        "size total",
    ),
    "ruby": (
        "module Shop\n  class Cart\n    RATE = 1\n    def total; end\n    def self.make; end\n"
        "  end\nend\n",
        "Shop Cart",
        "RATE total make",
    ),
    "rust": (
        "pub struct Cart<T> { a: T }\nimpl<T> Cart<T> { fn total(&self) {} }\nenum Kind { A }\n"
        "trait Item { fn rate(&self); }\nmod inner { pub fn make() {} }\nstatic MAX: u8 = 1;\n",
        "Cart Kind Item make MAX",
        "total rate",
    ),
    "tsx": ("export const Page = () => <p>a</p>;\n", "Page", ""),
    "typescript": (
        "export interface Item { rate: number }\nexport default class Cart { total() {} }\n"
        "type Items = Item[];\nenum Kind { A }\nexport const make = () => 1;\n"
        "declare function rest(): void;\n",
        "Item Cart Items Kind make rest",
        "rate total",
    ),
}


def test_every_language_is_tried_here() -> None:
    assert set(SOURCES) == set(NODE_TYPES) <= PARSED_LANGUAGES


@pytest.mark.parametrize("language", SOURCES)
def test_definitions_by_language(language: str) -> None:
    text, plain, members = SOURCES[language]
    found = find_definitions(text.encode(), language)
    assert {each.name for each in found if not each.is_member} == set(plain.split())
    assert {each.name for each in found if each.is_member} == set(members.split())


def test_rows_of_a_definition() -> None:
    text = b'''\
@cached
class Cart(
    Base,
):
    """All items."""

    @property
    def total(self) -> int:
        return sum(self)
'''
    cart, total = find_definitions(text, "python")
    assert cart == Definition("Cart", start=0, body=4, end=9, is_type=True)
    assert total == Definition("total", start=6, body=8, end=9, is_member=True)
    assert total.moved(10) == Definition("total", start=16, body=18, end=19, is_member=True)


def test_a_brace_belongs_to_the_declaration() -> None:
    text = b"export class Cart {\n  total() {\n    return 1;\n  }\n}\n"
    cart, total = find_definitions(text, "typescript")
    assert (cart.start, cart.body, cart.end) == (0, 1, 5)
    assert (total.start, total.body, total.end) == (1, 2, 4)


def test_what_is_local_to_a_function_is_left_out() -> None:
    text = b"def f():\n    a = 1\n    def g(): ...\n    class C: ...\n"
    assert [each.name for each in find_definitions(text, "python")] == ["f"]


def test_half_written_code_has_its_other_definitions() -> None:
    text = b"def f(a):\n    x = a.\n\ndef total(items):\n    return 1\n\nclass Cart:\n    pass\n"
    names = {each.name for each in find_definitions(text, "python")}
    assert names == {"f", "total", "Cart"}


@pytest.mark.parametrize("language", [None, "json", "html", "cobol"])
def test_other_languages_have_none(language: str | None) -> None:
    assert find_definitions(b'{"a": 1}', language) == ()


def test_families() -> None:
    assert family_of("tsx") == {"javascript", "tsx", "typescript"}
    assert family_of("python") == {"python"}
