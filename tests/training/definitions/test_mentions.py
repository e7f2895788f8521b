import pytest

from tests.training.definitions.test_finding import SOURCES
from training.definitions.finding import find_definitions
from training.definitions.mentions import may_define


@pytest.mark.parametrize("language", SOURCES)
def test_no_definition_is_missed(language: str) -> None:
    text = SOURCES[language][0].encode()
    names = {each.name.encode() for each in find_definitions(text, language)}
    assert {name for name in names if not may_define(text, name)} <= {b"b"}  # const a = 1, b = 2


@pytest.mark.parametrize(
    "text", ["", "a = total(1)", "f(total)", "x = [total]", "1 + total", "subtotal = 1", "a, total"]
)
def test_mere_use_is_none(text: str) -> None:
    assert not may_define(text.encode(), b"total")


def test_any_place_will_do() -> None:
    assert may_define(b"f(total)\n  total = 1\n", b"total")
    assert may_define(b"f(total, total)\ndef  total():\n", b"total")
    assert may_define(b"fn" + b" " * 200 + b"total", b"total")
