"""Small git repositories, made with git itself: the same commits, by id, in every run.

What is made of a commit depends on its id, and the id on its date.
"""

import os
import subprocess
from pathlib import Path

LICENSE = """MIT License

Copyright (c) 2026 Example

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""
URL = "https://github.com/example/shop"
DATE = "2026-01-01T00:00:00Z"

BEFORE = """\
import os

TAX = 0.2


def subtotal(items):
    total = 0
    for item in items:
        total += item.price
    return total


def main():
    print(subtotal([]))
"""
AFTER = """\
import os
from decimal import Decimal

TAX = Decimal("0.2")


def subtotal(items):
    total = Decimal(0)
    for item in items:
        total += item.price * item.quantity
    return total


def grand_total(items):
    return subtotal(items) * (1 + TAX)


def main():
    print(grand_total([]))
"""


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.com")
    dates = {"GIT_AUTHOR_DATE": DATE, "GIT_COMMITTER_DATE": DATE}
    subprocess.run(
        ["git", "-C", str(folder), *identity, *arguments],
        check=True,
        capture_output=True,
        env=os.environ | dates,
    )


def commit(folder: Path, files: dict[str, str | bytes]) -> None:
    """Write ``files`` and commit them."""
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    git(folder, "add", "--all")
    git(folder, "commit", "--allow-empty", "-m", "a change")


def shop(folder: Path) -> Path:
    """A repository whose second commit changes ``cart.py`` from ``BEFORE`` to ``AFTER``."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "-q")
    git(folder, "remote", "add", "origin", URL)
    commit(folder, {"LICENSE": LICENSE, "cart.py": BEFORE})
    commit(folder, {"cart.py": AFTER})
    return folder
