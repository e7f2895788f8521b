import pytest

from tests.training.definitions.test_finding import SOURCES
from training.definitions.finding import find_definitions
from training.definitions.mentions import may_define


@pytest.mark.parametrize("language", SOURCES)
def test_no_definition_is_missed(language: str) -> None:
    text = SOURCES[language][0].replace("{ ", "{\n").replace("; ", ";\n")
    names = {each.name for each in find_definitions(text.encode(), language)}
    assert names - may_define(text, language) <= {"b"}  # const a = 1, b = 2


@pytest.mark.parametrize("language", ["lua", "python", "rust", "typescript"])
@pytest.mark.parametrize(
    "text", ["", "a = total(1)", "f(total)", "x = [total]", "1 + total", "subtotal = 1", "a, total"]
)
def test_mere_use_is_none(text: str, language: str) -> None:
    assert "total" not in may_define(text, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("python", "return total\n"),
        ("python", "total == 1\n"),
        ("python", "class Subtotal: ...\n"),
        ("python", "cart.total = 1\n"),
        ("rust", "let total = 1;\nself.total = 2;\ntotal\n"),
        ("typescript", "return total;\ncart.total();\ntotals = 1;\ntotal => 1\n"),
    ],
)
def test_use_where_another_language_defines(language: str, text: str) -> None:
    assert "total" not in may_define(text, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("lua", "f(total)\n  total = 1\n"),
        ("python", "f(total, total)\ndef  total():\n"),
        ("python", "class Cart:\n    total: int\n"),
        ("python", "  async  def total(): ...\n"),
        ("lua", "function" + " " * 200 + "total"),
        ("rust", "pub static mut total: u8 = 1;\n"),
        ("typescript", "export default async function* total() {}\n"),
        ("rust", "pub(crate) const unsafe fn total() {}\n"),
        ("typescript", "class Cart {\n  total?: number;\n"),
        ("typescript", "  *total() {}\n"),
        ("java", "final List<Item> total() {}\n"),
    ],
)
def test_any_place_will_do(language: str, text: str) -> None:
    assert "total" in may_define(text, language)
