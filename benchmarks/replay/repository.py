"""Passages from the history of a git repository: its newest commits, in an order by chance."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

from benchmarks.replay.passage import Passage
from prompt_format import EditEvent
from training.history.events import whole_change
from training.history.git import COMMITS_AT_ONCE, Commit, FileChange, GitError, Repository
from training.history.human_order import order_files, order_turns
from training.history.objections import objection_to_change, read_lines
from training.history.script import Script, read_script

MAX_COMMITS = 2000
MAX_CHANGED_LINES = 300
MAX_FILES = 12
MAX_FILE_BYTES = 500_000
MAX_TURNS = 4
"""Lines that are typed of one file, so that a few large changes are not all."""
MAX_EARLIER_EVENTS = 3
OWN = ""
"""A licence's place: what is only replayed on its owner's machine needs none."""


def passages_of(folder: Path, seed: int) -> Iterator[Passage]:
    """Passages of all usable commits. Raises ``RunError`` for a folder without a history."""
    with Repository(folder) as repository:
        shas = repository.commits(MAX_COMMITS)
        Random(seed).shuffle(shas)
        for start in range(0, len(shas), COMMITS_AT_ONCE):
            for commit in repository.read_commits(shas[start : start + COMMITS_AT_ONCE]):
                if isinstance(commit, Commit) and 0 < len(commit.changes) <= MAX_FILES:
                    yield from _of_commit(repository, commit, seed)


def _of_commit(repository: Repository, commit: Commit, seed: int) -> Iterator[Passage]:
    """One passage of each file, after those of the files before it."""
    earlier: list[EditEvent] = []
    for change in order_files(commit.changes):
        chance = Random(f"{seed}:{commit.sha}:{change.path}")
        script = _script(repository, change, chance)
        if script is None:
            continue
        first = chance.randrange(max(1, len(script.order) - MAX_TURNS + 1))
        end = min(first + MAX_TURNS, len(script.order))
        name = f"{commit.sha[:10]}:{change.path}"
        yield Passage(name, script, first, end, tuple(earlier[-MAX_EARLIER_EVENTS:]))
        earlier += whole_change(script)


def _script(repository: Repository, change: FileChange, chance: Random) -> Script | None:
    if change.is_new or objection_to_change(change, OWN, (), MAX_CHANGED_LINES):
        return None
    try:
        lines = read_lines(repository.read_blob(change.new_blob), change, MAX_FILE_BYTES)
    except GitError:
        return None
    if isinstance(lines, str):
        return None
    script = read_script(change.path, lines, change.blocks)
    return order_turns(script, chance) if script.order else None
