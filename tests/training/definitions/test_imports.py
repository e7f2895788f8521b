import pytest

from training.definitions.imports import MAX_CHARS, imported_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("import os.path as p\n", "import os path as p"),
        ("try:\n    from shop.cart import (\n        Cart,\n    )\n", "from shop cart import Cart"),
        ("import { a as b,\n  c,\n} from './shop/cart';\n", "import a as b c from shop cart"),
        ("export * from './cart';\n", "export from cart"),
        ("export function total() {}\n", ""),
        ("const c = require('fs');\nconst d = 1;\n", "const c require fs"),
        ("pub(crate) use crate::shop::{Cart, Item};\n", "pub crate use shop Cart Item"),
        ('import (\n  "example.com/shop"\n)\n', "import example com shop"),
        ('#include "cart.h"\nint a;\n', "include cart h"),
        ("local c = require('shop.cart')\n", "local c require shop cart"),
        ("imports = 1\nuser = 2\n# from here\n", ""),
        ("", ""),
    ],
)
def test_words_of_imports(text: str, words: str) -> None:
    assert imported_words(text) == frozenset(words.split())


def test_imports_stand_at_the_top() -> None:
    assert imported_words("import a\n" + "x = 1\n" * MAX_CHARS + "import b\n") == {"import", "a"}
