from collections.abc import Sequence

import pytest

from training.definitions.candidates import Viewpoint, choose
from training.definitions.finding import Definition
from training.definitions.names import UsedName
from training.definitions.search import TextPlace
from training.definitions.source_text import SourceText

PLAIN, QUALIFIED = UsedName("total", False), UsedName("total", True)
TYPE = UsedName("Total", False)


def place(path: str, name: str, *, is_member: bool = False, is_type: bool = False) -> TextPlace:
    definition = Definition(name, 0, 1, 2, is_member=is_member, is_type=is_type)
    return TextPlace(path, frozenset({name}), lambda: SourceText(path, "", (definition,)))


def chosen(
    used: UsedName,
    paths: Sequence[str],
    *,
    language: str = "python",
    imported: Sequence[str] | None = (),
    is_member: bool = False,
    is_type: bool = False,
    path: str = "shop/cart.py",
) -> str | None:
    places = [place(each, used.name, is_member=is_member, is_type=is_type) for each in paths]
    words = None if imported is None else frozenset(imported)
    found = choose(used, places, Viewpoint(path, language, words))
    return found.place.path if found else None


def test_the_own_file_comes_first() -> None:
    paths = ["shop/a.py", "shop/cart.py"]
    assert chosen(PLAIN, paths, imported=["total", "a"]) == "shop/cart.py"


def test_a_name_of_another_file_has_to_be_imported() -> None:
    assert chosen(PLAIN, ["shop/a.py"]) is None
    assert chosen(PLAIN, ["shop/a.py"], imported=["total"]) == "shop/a.py"
    assert chosen(TYPE, ["shop/a.py"], is_type=True) == "shop/a.py"
    assert chosen(PLAIN, ["shop/a.py"], is_type=True) is None
    assert chosen(TYPE, ["shop/a.py", "shop/b.py"], is_type=True) is None
    assert chosen(PLAIN, ["shop/a.py"], imported=None) == "shop/a.py"


def test_of_several_the_one_of_an_imported_module_is_meant() -> None:
    paths = ["shop/a.py", "far/tax/__init__.py", "shop/b.py"]
    assert chosen(PLAIN, paths, imported=["total", "tax"]) == "far/tax/__init__.py"
    assert chosen(PLAIN, paths, imported=["total"]) == "shop/a.py"


def test_files_of_one_folder_know_each_other_elsewhere() -> None:
    paths = ["far/a.go", "far/b.go", "far/c.go", "far/d.go"]
    assert chosen(PLAIN, paths, language="go", path="shop/cart.go") is None
    assert chosen(PLAIN, [*paths, "shop/z.go"], language="go", path="shop/cart.go") == "shop/z.go"
    assert chosen(PLAIN, paths[:2], language="go", path="shop/cart.go") == "far/a.go"


def test_members_are_meant_behind_another_name_only() -> None:
    assert chosen(PLAIN, ["shop/a.py"], imported=["total"], is_member=True) is None
    assert chosen(QUALIFIED, ["shop/a.py"], is_member=True) == "shop/a.py"


def test_of_several_members_in_other_files_none_is_meant() -> None:
    paths = ["shop/a.py", "shop/b.py"]
    assert chosen(QUALIFIED, paths, is_member=True, imported=["a"]) is None
    assert chosen(QUALIFIED, [*paths, "shop/cart.py"], is_member=True) == "shop/cart.py"


def test_a_function_behind_the_name_of_its_module() -> None:
    assert chosen(QUALIFIED, ["shop/a.py", "shop/b.py"], imported=["b"]) == "shop/b.py"


@pytest.mark.parametrize(
    ("path", "expected"), [("shop/cart.py", "z/a.py"), ("tests/c.py", "tests/a.py")]
)
def test_tests_are_far_from_other_code(path: str, expected: str) -> None:
    assert chosen(PLAIN, ["tests/a.py", "z/a.py"], imported=["total"], path=path) == expected


def test_there_may_be_none() -> None:
    assert chosen(PLAIN, []) is None


def test_a_place_that_only_seems_to_define_is_passed_over() -> None:
    empty = TextPlace("shop/a.py", frozenset({"total"}), lambda: SourceText("shop/a.py", "", ()))
    viewpoint = Viewpoint("shop/cart.py", "python", frozenset({"total", "a"}))
    found = choose(PLAIN, [empty, place("shop/b.py", "total")], viewpoint)
    assert found is not None and found.place.path == "shop/b.py"


def test_what_cannot_be_meant_is_not_read() -> None:
    def unread(path: str) -> TextPlace:
        def read() -> SourceText:
            raise AssertionError(f"{path} is read")

        return TextPlace(path, frozenset({"total"}), read)

    far = [unread(f"far/{name}.go") for name in "abcd"]
    assert choose(PLAIN, far, Viewpoint("shop/cart.go", "go", frozenset())) is None
    assert choose(QUALIFIED, far[:2], Viewpoint("shop/cart.go", "go", frozenset())) is None
    assert choose(PLAIN, far[:1], Viewpoint("shop/cart.py", "python", frozenset())) is None
    near = place("shop/cart.go", "total")
    assert choose(PLAIN, [*far, near], Viewpoint("shop/cart.go", "go", frozenset())) is not None
