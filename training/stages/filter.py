"""``filter``: leaves out what must not be learnt, each row with the word that says why.

Licences, reserved repositories and secrets come first: they are no question of taste.
"""

from collections.abc import Iterator

from pydantic import Field

from eventlog.privacy.licenses import PERMISSIVE
from eventlog.privacy.secrets import find_secrets
from quality.languages import language_of
from training.eligibility.exclusions import excluded
from training.eligibility.reserved import is_reserved
from training.examples import Example
from training.similarity.example_code import cursor_path
from training.stage import Dropped, MapStage, StageConfig


class FilterConfig(StageConfig):
    """What stays. An empty list of languages, splits or tags lets all pass."""

    languages: tuple[str, ...] = Field(default=(), description="Only these.")
    exclude_languages: tuple[str, ...] = Field(default=(), description="None of these.")
    licenses: tuple[str, ...] = Field(
        default=tuple(sorted(PERMISSIVE)), description="SPDX ids that may be learnt from."
    )
    require_license: bool = Field(default=True, description="Drop rows of unknown licence.")
    reserved: bool = Field(default=False, description="Keep reserved repositories: to evaluate.")
    secrets: bool = Field(default=True, description="Look for secrets in every text.")
    exclusions: bool = Field(default=True, description="Leave out generated and vendored files.")
    splits: tuple[str, ...] = Field(default=(), description="Only these.")
    tags: tuple[str, ...] = Field(default=(), description="At least one of these.")
    max_excerpt_bytes: int = Field(default=65536, ge=1)
    max_patch_bytes: int = Field(default=16384, ge=1, description="Of every expected patch.")
    max_events: int = Field(default=64, ge=0)


def run(example: Example, config: FilterConfig) -> Example | Dropped:
    """The row, its language filled in, or the first reason against it."""
    reason = next(_reasons(example, config), None)
    if reason is not None:
        return Dropped(reason)
    return example.model_copy(update={"language": _language(example)})


def _reasons(example: Example, config: FilterConfig) -> Iterator[str]:
    yield from _rights(example, config)
    yield from _choice(example, config)
    yield from _size(example, config)
    if config.exclusions:
        reason = excluded(cursor_path(example), _excerpt(example))
        if reason is not None:
            yield reason
    if config.secrets and any(find_secrets(text) for text in texts(example)):
        yield "secret"


def _rights(example: Example, config: FilterConfig) -> Iterator[str]:
    urls = [example.spec.repository_url]
    if example.prompt_inputs is not None:
        urls.append(example.prompt_inputs.repo_url or "")
    if not config.reserved and any(is_reserved(url) for url in urls if url):
        yield "reserved_repository"
    if example.license is None:
        if config.require_license:
            yield "license_unknown"
    elif example.license not in config.licenses:
        yield "license_not_permissive"


def _choice(example: Example, config: FilterConfig) -> Iterator[str]:
    language = _language(example)
    if config.languages and language not in config.languages:
        yield "language_not_wanted"
    if language in config.exclude_languages:
        yield "language_excluded"
    if config.splits and example.split not in config.splits:
        yield "split_not_wanted"
    if config.tags and not set(config.tags) & set(example.spec.tags):
        yield "tag_not_wanted"


def _size(example: Example, config: FilterConfig) -> Iterator[str]:
    if len(_excerpt(example).encode()) > config.max_excerpt_bytes:
        yield "excerpt_too_large"
    if any(len(each.encode()) > config.max_patch_bytes for each in example.spec.expected_patches):
        yield "patch_too_large"
    if example.prompt_inputs and len(example.prompt_inputs.events) > config.max_events:
        yield "too_many_events"


def texts(example: Example) -> Iterator[str]:
    """Every text of an example that a model may get to see, or that is kept with it."""
    spec = example.spec
    yield spec.repository_url
    yield spec.cursor_position
    yield spec.edit_history
    yield spec.uncommitted_diff
    yield spec.reasoning or ""
    yield from spec.expected_patches
    yield spec.rejected_patch or ""
    yield from (feedback.message for feedback in spec.human_feedback)
    yield from _prompt_texts(example)
    for prediction in example.predictions:
        yield prediction.actual_patch or ""
        yield prediction.actual_output
    yield from (sample.text for sample in example.samples)
    if example.settled is not None:
        yield example.settled.text


def _prompt_texts(example: Example) -> Iterator[str]:
    given = example.prompt_inputs
    if given is None:
        return
    yield given.cursor_excerpt
    yield from (event.diff for event in given.events)
    for file in given.related_files or ():
        yield from (excerpt.text for excerpt in file.excerpts)
    for diagnostic in given.active_buffer_diagnostics:
        yield diagnostic.message
        yield diagnostic.snippet


def _excerpt(example: Example) -> str:
    if example.prompt_inputs is not None:
        return example.prompt_inputs.cursor_excerpt
    return example.spec.cursor_position


def _language(example: Example) -> str | None:
    return example.language or language_of(cursor_path(example))


STAGE = MapStage(
    name="filter",
    summary="leaves out what must not be learnt, each row with the word that says why",
    version=1,
    config=FilterConfig,
    run=run,
)
