"""A small shop, as in the worked examples of the protocol's description."""

from prompt_format import EditEvent, PromptInput, RelatedExcerpt, RelatedFile, TextRange

CART = """\
import os

TAX = 0.2


def subtotal(items):
    total = 0
    for item in items:
        total += item.price
    return total


def grand_total(items):
    sub = subtotal(items)
    ret


def main():
    print(grand_total([]))
"""
CURSOR = CART.index("    ret\n") + len("    ret")
EVENT = EditEvent(
    path="shop/src/cart.py",
    diff="@@ -10,6 +10,10 @@\n     return total\n \n \n+def grand_total(items):\n"
    "+    sub = subtotal(items)\n+    ret\n+\n+\n def main():\n     print(grand_total([]))\n",
)
ITEM = RelatedFile(
    path="shop/src/item.py",
    max_row=12,
    excerpts=(
        RelatedExcerpt(
            row_range=TextRange(start=0, end=3),
            text="class Item:\n    price: float\n    qty: int\n",
        ),
    ),
)


def cart(**changes: object) -> PromptInput:
    """The cursor after ``ret`` in the shop's cart, with any field changed."""
    fields = {
        "cursor_path": "shop/src/cart.py",
        "cursor_excerpt": CART,
        "cursor_offset_in_excerpt": CURSOR,
        "excerpt_start_row": 0,
        "events": (EVENT,),
        "related_files": (ITEM,),
    }
    return PromptInput.model_validate(fields | changes)


def at_cursor(text: str, path: str = "a.py") -> PromptInput:
    """A file whose cursor is written as ``‸``."""
    before, _mark, after = text.partition("‸")
    return PromptInput(
        cursor_path=path,
        cursor_excerpt=before + after,
        cursor_offset_in_excerpt=len(before.encode()),
        excerpt_start_row=0,
    )
