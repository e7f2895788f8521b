import random
from itertools import pairwise

import pytest

from quality.syntax import (
    PARSED_LANGUAGES,
    count_syntax_errors,
    parse,
    parse_changed,
    syntax_ranges,
)

CODE = b"def total(items):\n    if items:\n        return sum(items)\n"

RIGHT_AND_WRONG = {
    "bash": ("f() { echo a; }\n", "f() { echo a; \n"),
    "c": ("int f(int a) { return a; }\n", "int f(int a { return a; }\n"),
    "cpp": ("class A { int a; };\n", "class A { int a; ;\n"),
    "css": ("a { color: red; }\n", "a { color: red; \n"),
    "go": ("package p\n\nfunc f() {}\n", "package p\n\nfunc f( {}\n"),
    "html": ("<p>a</p>\n", "<p <b>a</p>\n"),
    "java": ("class A { int a; }\n", "class A { int a \n"),
    "javascript": ("const a = f(1);\n", "const a = f(1;\n"),
    "json": ('{"a": 1}\n', '{"a": }\n'),
    "lua": ("local a = f(1)\n", "local a = f(1\n"),
    "python": ("a = f(1)\n", "a = f(1\n"),
    "ruby": ("def f\n  1\nend\n", "def f\n  (1\nend\n"),
    "rust": ("fn f() -> u8 { 1 }\n", "fn f( -> u8 { 1 }\n"),
    "tsx": ("const a = <p>{b}</p>;\n", "const a = <p>{b</p>;\n"),
    "typescript": ("let a: string = 'b';\n", "let a: = 'b'\n"),
}


def test_every_grammar_is_tried_here() -> None:
    assert set(RIGHT_AND_WRONG) == PARSED_LANGUAGES


@pytest.mark.parametrize("language", RIGHT_AND_WRONG)
def test_errors_are_counted(language: str) -> None:
    right, wrong = RIGHT_AND_WRONG[language]
    errors = count_syntax_errors(wrong, language)
    assert count_syntax_errors(right, language) == 0
    assert errors is not None and errors >= 1
    assert count_syntax_errors("", language) == 0


def test_each_error_counts() -> None:
    wrong = "def f(:\n    return 1\n\n\n"
    counts = [count_syntax_errors(wrong * times, "python") for times in (1, 2, 3)]
    assert counts == [1, 2, 3]


def test_a_missing_token_is_an_error() -> None:
    assert count_syntax_errors("int f(void) { return 1 }\n", "c") == 1


def test_text_of_any_depth_is_read() -> None:
    assert count_syntax_errors("(" * 20_000, "typescript") == 1


@pytest.mark.parametrize("language", [None, "cobol", "markdown"])
def test_without_a_grammar_nothing_is_said(language: str | None) -> None:
    assert count_syntax_errors("a = (", language) is None
    assert parse(b"a", language) is None
    assert syntax_ranges(b"a", 0, language) == ()


def test_nodes_around_the_cursor_grow() -> None:
    cursor = CODE.index(b"sum")
    found = syntax_ranges(CODE, cursor, "python")
    texts = [CODE[each.start : each.end] for each in found]
    assert texts[0] == b"sum"
    assert b"return sum(items)" in texts and CODE in texts
    for inner, outer in pairwise(found):
        assert outer.contains(inner) and outer != inner
    assert all(each.start <= cursor <= each.end for each in found)


def test_ranges_are_bytes() -> None:
    text = 'name = "é" + other\n'.encode()
    found = syntax_ranges(text, text.index(b"other"), "python")
    assert text[found[0].start : found[0].end] == b"other"


@pytest.mark.parametrize("cursor", [0, len(CODE), len(CODE) + 9])
def test_the_ends_of_a_text_have_ranges_within_it(cursor: int) -> None:
    found = syntax_ranges(CODE, cursor, "python")
    assert found and all(0 <= each.start < each.end <= len(CODE) for each in found)


def test_what_does_not_parse_is_no_node() -> None:
    text = b"a = 1\n\n)))\n\nb = 2\n"
    tree = parse(text, "python")
    assert tree is not None
    error = next(node for node in tree.root_node.children if node.is_error)
    assert error.start_byte <= 8 <= error.end_byte
    found = [(each.start, each.end) for each in syntax_ranges(text, 8, "python")]
    assert (error.start_byte, error.end_byte) not in found


def test_a_changed_text_has_the_tree_of_a_new_one() -> None:
    chance = random.Random(5)
    pieces = [b"def f():\n", b"    return 'a\n", b'"""\n', b"\xc3\xa9 = 1\n", b"", b"x = (\r\n"]
    old = CODE * 8
    tree = parse(old, "python")
    assert tree is not None
    for _attempt in range(60):
        lines = old.splitlines(keepends=True)
        for _edit in range(chance.randint(0, 3)):
            at = chance.randrange(len(lines) + 1)
            lines[at : at + chance.randint(0, 2)] = [chance.choice(pieces)]
        new = b"".join(lines)[: chance.choice([None, -1, -5])]
        whole = parse(new, "python")
        assert whole is not None
        assert str(parse_changed(tree, old, new, "python").root_node) == str(whole.root_node)
