import random
import string
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from prompt_format import PromptInput, RelatedExcerpt, RelatedFile, TextRange
from prompt_format.udiff import write_udiff
from tests.training.history.repositories import LICENSE, commit, git
from training.errors import MissingSection, RunError
from training.examples import Example, ExampleSpec
from training.history.git import GitError
from training.stages.context import STAGE, ContextConfig, run

URL = "https://github.com/example/shop"
CART = """\
import tax
from shop.items import Item, make_item

LIMIT = 10


def check(item):
    if item.price > LIMIT:
        raise ValueError
"""
USE = """\


def fill():
    item = make_item(^)
    check(item)
    return tax.rate_of(item)
"""
ITEMS = '''\
class Item:
    """One item."""

    price: int


def make_item(price):
    return Item(price)
'''
TAX = "def rate_of(item):\n    return 2\n"


@pytest.fixture(scope="module")
def clones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one repository, at a first and a later revision."""
    folder = tmp_path_factory.mktemp("clones")
    shop = folder / "example" / "shop"
    shop.mkdir(parents=True)
    git(shop, "init", "-q")
    files = {
        "LICENSE": LICENSE,
        "shop/cart.py": CART + USE.replace("^", ""),
        "shop/items.py": ITEMS,
        "tax.py": TAX,
        "ee/LICENSE": "All rights reserved.",
        "ee/tax2.py": "class Refund:\n    pass\n",
        "vendor/refund.py": "class Refund:\n    pass\n",
    }
    commit(shop, dict(files))
    commit(shop, {"shop/items.py": ITEMS.replace("price", "amount")})
    return folder


def example(text: str, **fields: object) -> Example:
    before, _marker, after = text.partition("^")
    values = {"cursor_path": "shop/cart.py", "excerpt_start_row": CART.count("\n"), **fields}
    given = PromptInput.model_validate(
        {
            "cursor_excerpt": before + after,
            "cursor_offset_in_excerpt": len(before.encode()),
            **values,
        }
    )
    spec = ExampleSpec(name="case", repository_url=URL, revision="HEAD~1")
    return Example(spec=spec, prompt_inputs=given)


def related(row: Example, clones: Path | None = None, **parameters: object) -> dict[str, str]:
    """What was found by path, rows left out shown as dots."""
    config = ContextConfig.model_validate({"repositories": clones, **parameters})
    found = run(row, config)
    assert isinstance(found, Example) and found.prompt_inputs is not None
    return {
        file.path: "...\n".join(excerpt.text for excerpt in file.excerpts)
        for file in found.prompt_inputs.related_files or ()
    }


def files_of(row: Example, clones: Path, **parameters: object) -> tuple[RelatedFile, ...] | None:
    config = ContextConfig.model_validate({"repositories": clones, **parameters})
    found = run(row, config)
    assert found.prompt_inputs is not None
    return found.prompt_inputs.related_files


def test_definitions_of_other_files_and_of_the_rest_of_the_file(clones: Path) -> None:
    assert related(example(USE), clones) == {
        "shop/items.py": "def make_item(price):\n    return Item(price)\n",
        "shop/cart.py": CART[CART.index("def check") :],
        "tax.py": TAX,
    }


def test_the_nearest_comes_first_and_says_where_it_stands(clones: Path) -> None:
    files = files_of(example(USE), clones)
    assert files is not None
    assert [file.path for file in files] == ["shop/items.py", "shop/cart.py", "tax.py"]
    orders = [excerpt.order for file in files for excerpt in file.excerpts]
    assert orders == [0, 1, 2]
    (excerpt,) = files[0].excerpts
    assert excerpt.row_range == TextRange(start=6, end=8)
    assert excerpt.context_source == "tree_sitter" and files[0].max_row == 8


def test_the_repository_is_read_at_the_revision_of_the_example(clones: Path) -> None:
    row = example(USE)
    newer = row.model_copy(update={"spec": row.spec.model_copy(update={"revision": "HEAD"})})
    assert "make_item(amount)" in related(newer, clones)["shop/items.py"]
    assert "make_item(price)" in related(row, clones)["shop/items.py"]


def test_files_of_the_history_are_as_the_history_left_them(clones: Path) -> None:
    diff = write_udiff("tax.py", TAX, "def rate_of(item, year):\n    return 3\n", 0)
    event = {"path": "tax.py", "diff": diff}
    assert "year" in related(example(USE, events=[event]), clones)["tax.py"]
    unknown = {"path": "tax.py", "diff": write_udiff("tax.py", "other\n", "another\n", 0)}
    assert "tax.py" not in related(example(USE, events=[unknown]), clones)


def test_rows_of_the_excerpt_are_not_shown_again(clones: Path) -> None:
    whole = example(CART + USE, excerpt_start_row=0)
    assert "shop/cart.py" not in related(whole, clones)


def test_the_budget_holds(clones: Path) -> None:
    found = related(example(USE), clones, max_tokens=25)
    assert set(found) == {"shop/items.py"}
    assert related(example(USE), clones, max_tokens=1) == {}
    assert related(example(USE), clones, max_definition_tokens=8) == {
        "shop/items.py": "def make_item(price):\n",
        "shop/cart.py": "def check(item):\n",
        "tax.py": "def rate_of(item):\n",
    }


def test_only_names_near_the_cursor_count(clones: Path) -> None:
    assert set(related(example(USE), clones, max_rows=0)) == {"shop/items.py"}
    assert set(related(example(USE), clones, max_names=1)) == {"shop/items.py"}


def test_files_under_another_licence_and_vendored_ones_are_left_out(clones: Path) -> None:
    text = USE.replace("make_item(^)", "Refund(^)")
    assert not {"ee/tax2.py", "vendor/refund.py"} & set(related(example(text), clones))
    own = example(text, cursor_path="ee/use.py")
    assert "ee/tax2.py" in related(own, clones)


def test_a_secret_is_left_out(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    shop.mkdir()
    git(shop, "init", "-q")
    chance = random.Random(4)
    key = "gh" + "p_" + "".join(chance.choice(string.ascii_letters) for _ in range(36))
    code = f'def make_item(a):\n    return login("{key}")\n'
    commit(shop, {"LICENSE": LICENSE, "shop/items.py": code, "shop/cart.py": CART + USE})
    row = example(USE, excerpt_start_row=None)
    row = row.model_copy(update={"spec": row.spec.model_copy(update={"revision": "HEAD"})})
    assert related(row, tmp_path) == {}
    commit(shop, {"shop/items.py": code.replace(key, "name")})
    assert set(related(row, tmp_path)) == {"shop/items.py"}


def given_file(text: str, path: str = "shop/items.py", source: str = "lsp") -> RelatedFile:
    rows = TextRange(start=20, end=20 + text.count("\n"))
    excerpt = RelatedExcerpt(row_range=rows, text=text, context_source=source)
    return RelatedFile(path=path, max_row=90, excerpts=(excerpt,))


def test_what_an_editor_sent_is_kept(clones: Path) -> None:
    row = example(USE, related_files=(given_file(ITEMS),))
    assert run(row, ContextConfig(repositories=clones)) is row


def test_given_files_can_be_searched_without_a_repository() -> None:
    row = example(USE, related_files=(given_file(ITEMS), given_file("a {}\n", "a.css")))
    config = ContextConfig(given_files="search")
    found = run(row, config)
    assert found.prompt_inputs is not None and found.prompt_inputs.related_files is not None
    (file,) = found.prompt_inputs.related_files
    (excerpt,) = file.excerpts
    assert excerpt.text == "def make_item(price):\n    return Item(price)\n"
    assert excerpt.row_range == TextRange(start=26, end=28) and file.max_row == 90


def without(row: Example, **fields: object) -> Example:
    return row.model_copy(update={"spec": row.spec.model_copy(update=fields)})


@pytest.mark.parametrize("url", ["", "https://github.com/other/place", "x", "../..", "a/.."])
def test_without_text_to_search_a_row_stays_as_it_is(clones: Path, url: str) -> None:
    row = without(example(USE), repository_url=url)
    assert run(row, ContextConfig(repositories=clones)) is row


def test_rows_that_cannot_be_searched_stay_as_they_are(clones: Path) -> None:
    config = ContextConfig(repositories=clones)
    for row in (
        without(example(USE), revision=""),
        example("a:^ 1\n", cursor_path="a.yaml"),
        example("a^\n", cursor_path="README"),
    ):
        assert run(row, config) is row
    assert run(example(USE), ContextConfig()) == example(USE)


def test_nothing_found_is_said_by_an_empty_list(clones: Path) -> None:
    assert files_of(example("# ^\n", excerpt_start_row=None), clones) == ()
    assert files_of(example("unknown(^)\n", excerpt_start_row=None), clones) == ()


def test_an_unknown_revision_fails_the_row(clones: Path) -> None:
    with pytest.raises(GitError):
        run(without(example(USE), revision="0" * 40), ContextConfig(repositories=clones))
    with pytest.raises(MissingSection, match="run synthesize or ingest"):
        run(Example(spec=ExampleSpec()), ContextConfig(repositories=clones))


def test_a_folder_that_is_not_there_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no folder"):
        run(example(USE), ContextConfig(repositories=tmp_path / "nowhere"))


def lines(rows: list[Example]) -> Iterator[str]:
    return (row.model_dump_json() + "\n" for row in rows)


def test_from_the_command_line(clones: Path, tmp_path: Path) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    rows = [example(USE), without(example(USE), revision="0" * 40), example("# ^\n")]
    source.write_text("".join(lines(rows)))
    command = [sys.executable, "-m", "training", STAGE.name, source, "-o", out]
    done = subprocess.run(
        [*map(str, command), "--repositories", str(clones)], capture_output=True, text=True
    )
    assert done.returncode == 1 and "git_error 1" in done.stderr
    found = [Example.model_validate_json(line) for line in out.read_text().splitlines()]
    inputs = [row.prompt_inputs for row in found]
    assert [len(each.related_files or ()) for each in inputs if each] == [3, 0]
    assert found[0].provenance[-1].stage == "context"
