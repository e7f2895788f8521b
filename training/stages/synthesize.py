"""``synthesize``: examples from the history of git repositories that may be learnt from.

Every commit is played back as edits in a human order. At chosen moments the editor's state is
written down with the right next edit, or with the right silence: within a line that is being typed,
between two edits close to each other, and where nothing is to change.

Refused: repositories kept for outside evaluation, those without a permissive licence, files under
another one, generated, vendored, minified and lock files, and texts that hold a secret. What is
left out is counted by the reason; a repository that cannot be used at all is a unit that fails.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from eventlog.privacy.licenses import license_of
from eventlog.privacy.secrets import find_secrets
from prompt_format import EditEvent, InvalidPatch
from quality.languages import LANGUAGES, language_of
from training.checks.change import text_after
from training.errors import RunError
from training.examples import Example
from training.history.events import whole_change
from training.history.git import Commit, FileChange, GitError, Repository, UnreadableCommit
from training.history.human_order import order_files, order_turns
from training.history.moments import (
    Moment,
    near_moment,
    quiet_moment,
    reading_moment,
    shows_a_change,
    typing_moment,
    typing_session,
)
from training.history.objections import objection_to_change, read_lines
from training.history.rendering import Origin, render_example
from training.history.script import Script, read_script
from training.history.sources import UnusableRepository, addresses_of, usable
from training.stage import Dropped, SourceStage, StageConfig

MAX_EARLIER_EVENTS = 3
MAX_ATTEMPTS = 8
READING_RATE = 0.4
"""How many of the silences are far from any edit: the developer only reads."""


class SynthesizeConfig(StageConfig):
    """What to take from which repositories."""

    repositories: tuple[str, ...] = Field(
        description="Git folders, bare or not; FOLDER=URL where origin does not name the address."
    )
    mode: Literal["moments", "sessions"] = Field(
        default="moments", description="sessions: every keystroke of a line, for replay."
    )
    seed: int = 0
    max_commits: int = Field(default=4000, ge=1, description="Newest commits of each repository.")
    commits_per_unit: int = Field(default=100, ge=1, description="Commits read at a time.")
    examples_per_commit: int = Field(default=3, ge=1)
    examples_per_repository: int = Field(default=6000, ge=1)
    no_edit_rate: float = Field(default=0.3, ge=0.0, le=1.0, description="Share of silences.")
    near_rate: float = Field(default=0.25, ge=0.0, le=1.0, description="Share of near edits.")
    languages: tuple[str, ...] = Field(default=(), description="Only these; empty: all known.")
    excerpt_tokens: int = Field(default=1024, ge=64, description="Size of the cursor excerpt.")
    max_file_bytes: int = Field(default=150_000, ge=1000)
    max_changed_lines: int = Field(default=300, ge=1, description="Larger changes are no typing.")
    max_files: int = Field(default=12, ge=1, description="Commits of more files are left out.")

    @model_validator(mode="after")
    def _knows_the_languages(self) -> Self:
        unknown = set(self.languages) - LANGUAGES
        if unknown:
            known = ", ".join(sorted(LANGUAGES))
            raise ValueError(f"no languages: {', '.join(sorted(unknown))}; known are {known}")
        return self


@dataclass(frozen=True, slots=True)
class Unit:
    """A stretch of one repository's history; ``problem`` says why there is none to read."""

    folder: str
    url: str
    licenses: tuple[tuple[str, str | None], ...] = ()
    """Folders and their licences."""
    shas: tuple[str, ...] = ()
    max_examples: int = 0
    problem: str = ""


def units(config: SynthesizeConfig) -> Iterator[Unit]:
    """The histories cut into units. Raises ``RunError`` for a repository that must not be read."""
    for folder, url in addresses_of(config.repositories):
        with Repository(Path(folder)) as repository:
            try:
                licenses, shas = usable(repository, url, config.max_commits)
            except (RunError, UnusableRepository) as error:
                yield Unit(folder, url, problem=str(error))
                continue
        share = config.examples_per_repository * config.commits_per_unit / len(shas)
        for start in range(0, len(shas), config.commits_per_unit):
            part = tuple(shas[start : start + config.commits_per_unit])
            most = max(1, round(share * len(part) / config.commits_per_unit))
            yield Unit(folder, url, tuple(licenses.items()), part, most)


def heads(config: SynthesizeConfig) -> dict[str, str]:
    """The newest commit of every repository. Raises ``RunError`` as ``units`` does."""
    found = []
    for folder, url in addresses_of(config.repositories):
        with Repository(Path(folder)) as repository:
            found.append(f"{url or folder} {repository.head() or 'none'}")
    return {"heads": "; ".join(found)}


def run(unit: Unit, config: SynthesizeConfig) -> list[Example | Dropped]:
    """The examples of a unit, at most its share of the repository's; before them, what is left out.

    Raises ``UnusableRepository``, and ``GitError`` if no commit can be read.
    """
    if unit.problem:
        raise UnusableRepository(unit.problem)
    found: list[Example] = []
    dropped: list[Example | Dropped] = []
    with Repository(Path(unit.folder)) as repository:
        for commit in repository.read_commits(unit.shas):
            for outcome in _of_commit(repository, commit, unit, config):
                if isinstance(outcome, Example):
                    found.append(outcome)
                else:
                    dropped.append(outcome)
    chance = random.Random(f"{config.seed}:{unit.url}:{unit.shas[0]}:share")
    if config.mode == "sessions" or len(found) <= unit.max_examples:
        return [*dropped, *found]
    chosen = sorted(chance.sample(range(len(found)), unit.max_examples))
    dropped += [Dropped("beyond_share")] * (len(found) - unit.max_examples)
    return [*dropped, *(found[at] for at in chosen)]


def _of_commit(
    repository: Repository, commit: Commit | UnreadableCommit, unit: Unit, config: SynthesizeConfig
) -> Iterator[Example | Dropped]:
    if isinstance(commit, UnreadableCommit):
        yield Dropped("unreadable_commit")
        return
    if not 0 < len(commit.changes) <= config.max_files:
        yield Dropped("too_many_files" if commit.changes else "no_text_changed")
        return
    chance = random.Random(f"{config.seed}:{unit.url}:{commit.sha}")
    scripts: list[tuple[Script, Origin]] = []
    for change in order_files(commit.changes):
        read = _script(repository, change, commit, unit, config, chance)
        if isinstance(read, Dropped):
            yield read
        else:
            scripts.append(read)
    yield from _of_scripts(scripts, commit, unit, config, chance)


def _of_scripts(
    scripts: Sequence[tuple[Script, Origin]],
    commit: Commit,
    unit: Unit,
    config: SynthesizeConfig,
    chance: random.Random,
) -> Iterator[Example | Dropped]:
    earlier: list[EditEvent] = []
    wanted = config.examples_per_commit
    for number, (script, origin) in enumerate(scripts):
        share = max(1, round(wanted / len(scripts))) if number < wanted else 0
        moments = _moments(script, share, config, chance)
        for step, moment in enumerate(moments):
            name = f"{unit.url.rstrip('/').rpartition('/')[2]}-{commit.sha[:10]}-{number}-{step}"
            recent = earlier[-MAX_EARLIER_EVENTS:]
            example = render_example(script, moment, recent, origin, name, config.excerpt_tokens)
            if config.mode == "sessions":
                session = {"session": f"{unit.url}@{commit.sha}:{script.path}", "step": step}
                example = example.model_copy(update=session)
            objection = _objection(example)
            yield Dropped(objection) if objection else example
        if number + 1 < min(wanted, len(scripts)):
            earlier += whole_change(script)


def _script(
    repository: Repository,
    change: FileChange,
    commit: Commit,
    unit: Unit,
    config: SynthesizeConfig,
    chance: random.Random,
) -> tuple[Script, Origin] | Dropped:
    """A file's edits in their order; a word for one that must not, or need not, be learnt from."""
    license = license_of(change.path, dict(unit.licenses))
    reason = objection_to_change(change, license, config.languages, config.max_changed_lines)
    language = language_of(change.path)
    if reason is not None or license is None or language is None:
        return Dropped(reason or "license_not_permissive")
    try:
        lines = read_lines(repository.read_blob(change.new_blob), change, config.max_file_bytes)
    except GitError:
        return Dropped("unreadable_file")
    if isinstance(lines, str):
        return Dropped(lines)
    script = read_script(change.path, lines, change.blocks)
    if not script.order:
        return Dropped("nothing_changed")
    return order_turns(script, chance), Origin(unit.url, commit.sha, license, language)


def _moments(
    script: Script, count: int, config: SynthesizeConfig, chance: random.Random
) -> Sequence[Moment]:
    """``count`` different moments, fewer where the script does not hold so many."""
    if config.mode == "sessions":
        turns = [turn for turn in range(len(script.order)) if _is_typed(script, turn)]
        chosen = sorted(chance.sample(turns, min(count, len(turns))))
        typed = (moment for turn in chosen for moment in typing_session(script, turn))
        return [moment for moment in typed if shows_a_change(script, moment)]
    found: dict[tuple[int, int, int], Moment] = {}
    for _wanted in range(count):
        kind = _draw_kind(config, chance)
        for _attempt in range(MAX_ATTEMPTS):
            moment = _draw(kind, script, chance)
            if moment is not None and (kind == "no_edit" or shows_a_change(script, moment)):
                found.setdefault((moment.turn, moment.slot, moment.column), moment)
                break
    return [found[key] for key in sorted(found)]


def _is_typed(script: Script, turn: int) -> bool:
    slot = script.slots[script.order[turn]]
    return slot.old is None and bool(slot.new and slot.new.strip())


def _draw_kind(config: SynthesizeConfig, chance: random.Random) -> str:
    draw = chance.random()
    if draw < config.no_edit_rate:
        return "no_edit"
    return "near" if draw < config.no_edit_rate + config.near_rate else "fim"


def _draw(kind: str, script: Script, chance: random.Random) -> Moment | None:
    """A moment of that kind at some turn; None if that turn has none."""
    turns = len(script.order)
    if kind == "fim":
        return typing_moment(script, chance.randrange(turns), chance)
    if kind == "near":
        return near_moment(script, chance.randrange(1, turns), chance) if turns > 1 else None
    if chance.random() < READING_RATE:
        return reading_moment(script, chance.randint(0, turns), chance)
    return quiet_moment(script, chance.randint(1, turns), chance)


def _objection(example: Example) -> str | None:
    """Lines may be so long that the excerpt ends within the lines around the edit."""
    given = example.prompt_inputs
    assert given is not None
    try:
        text_after(given, example.spec.expected_patches[0])
    except InvalidPatch:
        return "edit_beyond_excerpt"
    texts = (
        given.cursor_excerpt,
        *(event.diff for event in given.events),
        *example.spec.expected_patches,
    )
    return "secret" if find_secrets("\n".join(texts)) else None  # a scan costs more than its text


STAGE = SourceStage(
    name="synthesize",
    summary="examples from the history of permissively licensed git repositories",
    version=2,
    config=SynthesizeConfig,
    units=units,
    run=run,
    environment=heads,
)
