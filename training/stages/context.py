"""``context``: related definitions near the cursor by tree-sitter, for data without an editor's.

Types, functions and variables that are used within a few rows of the cursor are looked up in the
repository as it was at the example's revision, the files of the edit history as they were at the
keystroke: in the same file, its folder, and what it imports. Related files that the example brings
can be searched as well. The nearest come first, within a budget.
A row for which there is no text to search, or no grammar, passes unchanged.
"""

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from quality.languages import language_of
from training.definitions.node_types import NODE_TYPES
from training.definitions.related import Budget, related_definitions, used_names
from training.definitions.repositories import Library
from training.definitions.search import Checkout
from training.errors import MissingSection, RunError
from training.examples import Example
from training.stage import MapStage, StageConfig


class ContextConfig(StageConfig):
    """Where to look, and how much to take."""

    repositories: Path | None = Field(
        default=None, description="Folder of clones: OWNER/NAME or NAME, with or without .git."
    )
    given_files: Literal["keep", "search"] = Field(
        default="keep",
        description="Rows with related files: keep them as they are, or choose among their texts.",
    )
    max_rows: int = Field(default=3, ge=0, description="How far from the cursor names are read.")
    max_names: int = Field(default=32, ge=1, description="The nearest names are looked up.")
    max_tokens: int = Field(default=1024, ge=1, description="For all definitions, bytes / 3.")
    max_definition_tokens: int = Field(default=256, ge=1, description="For one; cut or outlined.")


def run(example: Example, config: ContextConfig) -> Example:
    """``prompt_inputs.related_files``. Raises ``MissingSection``, ``GitError``, ``RunError``."""
    given = example.prompt_inputs
    if given is None:
        raise MissingSection("the example has no prompt_inputs; run synthesize or ingest first")
    language = example.language or language_of(given.cursor_path)
    if language is None or language not in NODE_TYPES:
        return example
    if given.related_files and config.given_files == "keep":
        return example
    checkout = _checkout(example, config)
    if checkout is None and not given.related_files:
        return example
    budget = Budget(config.max_tokens, config.max_definition_tokens)
    names = used_names(given, language, config.max_rows, config.max_names)
    files = related_definitions(given, names, language, budget, checkout) if names else ()
    return example.model_copy(
        update={"prompt_inputs": given.model_copy(update={"related_files": files})}
    )


def _checkout(example: Example, config: ContextConfig) -> Checkout | None:
    """None where the repository is not at hand."""
    spec, given = example.spec, example.prompt_inputs
    if config.repositories is None or given is None or not spec.revision:
        return None
    index = _library(config.repositories).find(spec.repository_url)
    return None if index is None else Checkout(index, index.root(spec.revision), given)


@lru_cache(maxsize=1)
def _library(folder: Path) -> Library:
    """Kept open for all rows of a process."""
    if not folder.is_dir():
        raise RunError(f"there is no folder {folder}")
    return Library(folder)


STAGE = MapStage(
    name="context",
    summary="related definitions near the cursor by tree-sitter, for data without an editor's",
    version=1,
    config=ContextConfig,
    run=run,
)
