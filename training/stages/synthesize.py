"""``synthesize``: examples from the history of git repositories that may be learnt from.

Every commit is played back as edits in a human order. At chosen moments the editor's state is
written down with the right next edit, or with the right silence: within a line that is being typed,
between two edits close to each other, and where nothing is to change.

Refused: repositories kept for outside evaluation, those without a permissive licence, files under
another one, generated, vendored, minified and lock files, and texts that hold a secret.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field

from prompt_format import EditEvent
from training.errors import RunError
from training.examples import Example
from training.exclusions import excluded
from training.history.events import whole_change
from training.history.git import Commit, FileChange, GitError, Repository
from training.history.human_order import order_files, order_turns
from training.history.moments import (
    Moment,
    near_moment,
    quiet_moment,
    reading_moment,
    typing_moment,
    typing_session,
)
from training.history.rendering import CURSOR_MARKER, Origin, render_example
from training.history.script import Script, read_script
from training.languages import language_of
from training.licenses import find_license_files, license_of, licenses_by_folder
from training.reserved import is_reserved
from training.secrets import find_secrets
from training.stage import SourceStage, StageConfig

MAX_LINE_CHARS = 400
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


@dataclass(frozen=True, slots=True)
class Unit:
    """A stretch of one repository's history."""

    folder: str
    url: str
    licenses: tuple[tuple[str, str | None], ...]
    """Folders and their licences."""
    shas: tuple[str, ...]
    max_examples: int


def units(config: SynthesizeConfig) -> Iterator[Unit]:
    """The histories cut into units. Raises ``RunError`` for what must not be learnt from."""
    for named in config.repositories:
        folder, _equals, url = named.partition("=")
        with Repository(Path(folder)) as repository:
            url = url or repository.url()
            if not url:
                raise RunError(f"{folder} has no address; name it: {folder}=https://…")
            if is_reserved(url):
                raise RunError(f"{url} is reserved for evaluation and must not be trained on")
            licenses = _read_licenses(repository)
            if licenses.get("") is None:
                raise RunError(f"{url} has no licence of the permissive list")
            shas = repository.commits(config.max_commits)
        share = config.examples_per_repository * config.commits_per_unit / len(shas)
        for start in range(0, len(shas), config.commits_per_unit):
            part = tuple(shas[start : start + config.commits_per_unit])
            most = max(1, round(share * len(part) / config.commits_per_unit))
            yield Unit(folder, url, tuple(licenses.items()), part, most)


def _read_licenses(repository: Repository) -> dict[str, str | None]:
    return licenses_by_folder(
        (path, repository.read_blob(f"HEAD:{path}").decode(errors="replace"))
        for path in find_license_files(repository.paths())
    )


def run(unit: Unit, config: SynthesizeConfig) -> list[Example]:
    """The examples of a unit, at most its share of the repository's."""
    found: list[Example] = []
    with Repository(Path(unit.folder)) as repository:
        for commit in repository.read_commits(unit.shas):
            chance = random.Random(f"{config.seed}:{unit.url}:{commit.sha}")
            found += _of_commit(repository, commit, unit, config, chance)
    chance = random.Random(f"{config.seed}:{unit.url}:{unit.shas[0]}:share")
    if config.mode == "sessions" or len(found) <= unit.max_examples:
        return found
    chosen = sorted(chance.sample(range(len(found)), unit.max_examples))
    return [found[at] for at in chosen]


def _of_commit(
    repository: Repository,
    commit: Commit,
    unit: Unit,
    config: SynthesizeConfig,
    chance: random.Random,
) -> Iterator[Example]:
    if not 0 < len(commit.changes) <= config.max_files:
        return
    scripts: list[tuple[Script, Origin]] = []
    for change in order_files(commit.changes):
        origin = _origin(change, commit, unit, config)
        script = origin and _script(repository, change, config, chance)
        if origin and script:
            scripts.append((script, origin))
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
            if not _holds_a_secret(example):
                yield example
        earlier += whole_change(script)


def _origin(
    change: FileChange, commit: Commit, unit: Unit, config: SynthesizeConfig
) -> Origin | None:
    """None for a file that must not, or need not, be learnt from."""
    language = language_of(change.path)
    if language is None or (config.languages and language not in config.languages):
        return None
    license = license_of(change.path, dict(unit.licenses))
    if license is None or excluded(change.path, None) or not change.blocks:
        return None
    if change.num_changed_lines > config.max_changed_lines:
        return None
    return Origin(unit.url, commit.sha, license, language)


def _script(
    repository: Repository, change: FileChange, config: SynthesizeConfig, chance: random.Random
) -> Script | None:
    try:
        content = repository.read_blob(change.new_blob)
        text = content.decode()
    except (GitError, UnicodeDecodeError):
        return None
    if len(content) > config.max_file_bytes or "\r" in text or CURSOR_MARKER in text:
        return None
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    if any(len(line) > MAX_LINE_CHARS for line in lines) or excluded(change.path, text):
        return None
    script = read_script(change.path, lines, change.blocks)
    return order_turns(script, chance) if script.order else None


def _moments(
    script: Script, count: int, config: SynthesizeConfig, chance: random.Random
) -> Sequence[Moment]:
    """``count`` different moments, fewer where the script does not hold so many."""
    if config.mode == "sessions":
        turns = [turn for turn in range(len(script.order)) if _is_typed(script, turn)]
        chosen = sorted(chance.sample(turns, min(count, len(turns))))
        return [moment for turn in chosen for moment in typing_session(script, turn)]
    found: dict[tuple[int, int, int], Moment] = {}
    for _wanted in range(count):
        kind = _draw_kind(config, chance)
        for _attempt in range(MAX_ATTEMPTS):
            moment = _draw(kind, script, chance)
            if moment is not None:
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


def _holds_a_secret(example: Example) -> bool:
    assert example.prompt_inputs is not None
    texts = (
        example.prompt_inputs.cursor_excerpt,
        *(event.diff for event in example.prompt_inputs.events),
        *example.spec.expected_patches,
    )
    return any(find_secrets(text) for text in texts)


STAGE = SourceStage(
    name="synthesize",
    summary="examples from the history of permissively licensed git repositories",
    version=1,
    config=SynthesizeConfig,
    units=units,
    run=run,
)
