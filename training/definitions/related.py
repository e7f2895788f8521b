"""The definitions that help at the cursor, as related files of a prompt."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from eventlog.privacy.secrets import find_secrets
from prompt_format import PromptInput, RelatedExcerpt, RelatedFile, TextRange
from prompt_format.budget import BYTES_PER_TOKEN
from prompt_format.lines import split_lines
from quality.syntax import parse
from training.definitions.candidates import Candidate, Viewpoint, choose
from training.definitions.finding import Definition, definitions_in
from training.definitions.names import UsedName, names_around
from training.definitions.outlines import Rows, merged, rows_to_show
from training.definitions.search import Checkout, given_places
from training.definitions.source_text import SourceText

CONTEXT_SOURCE = "tree_sitter"


@dataclass(frozen=True, slots=True)
class Budget:
    """``max_tokens``, a third of the bytes, for all; as many as ``max_each`` for one."""

    max_tokens: int
    max_each: int


@dataclass(slots=True)
class _Chosen:
    """Rows of one file; ``order`` is that of the name that first led to it."""

    source: SourceText
    rows: dict[int, int] = field(default_factory=dict)
    """The order of every row."""


def used_names(
    given: PromptInput, language: str, max_rows: int, max_names: int
) -> tuple[UsedName, ...]:
    """Names around the cursor that the excerpt does not define itself, the nearest first."""
    tree = parse(given.excerpt_bytes, language)
    if tree is None:
        return ()
    shown = {definition.name for definition in definitions_in(tree.root_node, language)}
    cursor = given.cursor_offset_in_excerpt
    names = names_around(tree.root_node, given.excerpt_bytes, cursor, max_rows, max_names)
    return tuple(each for each in names if each.name not in shown)


def related_definitions(
    given: PromptInput,
    names: Collection[UsedName],
    language: str,
    budget: Budget,
    checkout: Checkout | None,
) -> tuple[RelatedFile, ...]:
    """The definitions of ``names``, in their order as far as the budget goes.

    They are looked for in ``checkout`` if there is one, and in the related files that the prompt
    has. What holds a secret is left out.
    """
    places = list(given_places(given.related_files or (), language))
    seen_from = Viewpoint(given.cursor_path, language, imported=None)
    if checkout is not None:
        places += checkout.places(language)
        seen_from = checkout.seen_from(language)
    chosen = (choose(each, places, seen_from) for each in names)
    return tuple(_as_files(_fill(filter(None, chosen), given, budget), given))


def _fill(
    candidates: Iterable[Candidate], given: PromptInput, budget: Budget
) -> dict[str, _Chosen]:
    """What fits, by path; a definition that does not fit gives way to smaller ones after it."""
    left = budget.max_tokens * BYTES_PER_TOKEN
    files: dict[str, _Chosen] = {}
    for order, candidate in enumerate(candidates):
        path = candidate.place.path
        file = files.get(path)
        source = file.source if file else candidate.place.source()
        rows = _rows(candidate.definition, source, given, budget)
        known = file.rows if file else {}
        new = [row for first, end in rows for row in range(first, end) if row not in known]
        text = "".join(source.rows(row, row + 1) for row in new)
        cost = len(text.encode()) + (0 if file else len(source.path.encode()))
        if not text.strip() or cost > left or find_secrets(text):
            continue
        left -= cost
        file = files.setdefault(path, _Chosen(source))
        file.rows.update(dict.fromkeys(new, order))
    return files


def _rows(
    definition: Definition, source: SourceText, given: PromptInput, budget: Budget
) -> list[Rows]:
    hidden = (0, 0)
    if source.path == given.cursor_path and given.excerpt_start_row is not None:
        num_rows = len(split_lines(given.cursor_excerpt))
        hidden = given.excerpt_start_row, given.excerpt_start_row + num_rows
    return rows_to_show(definition, source, budget.max_each * BYTES_PER_TOKEN, hidden)


def _as_files(files: dict[str, _Chosen], given: PromptInput) -> Iterator[RelatedFile]:
    """The file of the nearest name first; excerpts in the order of their rows."""
    for path, file in files.items():
        excerpts = tuple(
            RelatedExcerpt(
                row_range=TextRange(start=first, end=end),
                text=file.source.rows(first, end),
                order=min(file.rows[row] for row in range(first, end)),
                context_source=CONTEXT_SOURCE,
            )
            for first, end in merged((row, row + 1) for row in file.rows)
        )
        yield RelatedFile(
            path=path,
            max_row=file.source.max_row,
            excerpts=excerpts,
            in_open_source_repo=given.in_open_source_repo,
        )
