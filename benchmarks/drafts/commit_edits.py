"""Edits from commits: a file before one of a commit's changed blocks, and after it."""

import random
from collections.abc import Iterator
from pathlib import Path

from prompt_format import InvalidPatch
from quality.languages import language_of
from training.checks.change import text_after
from training.examples import Example
from training.history.git import Commit, FileChange, GitError, Repository
from training.history.moments import Moment
from training.history.objections import read_lines
from training.history.rendering import Origin, render_example
from training.history.script import Script, read_script

MAX_COMMITS = 2000
MAX_FILES = 8
MAX_FILE_BYTES = 200_000
MAX_BLOCK_LINES = 20
EXCERPT_TOKENS = 8192


def commit_edits(folder: Path, count: int, seed: int) -> list[Example]:
    """At most one edit of each commit, ``count`` of them; the blocks before it are done.

    The cursor is at the start of the block, the commit's version of it is the right answer.
    """
    chance = random.Random(f"{seed}:{folder.name}")
    found: list[Example] = []
    with Repository(folder) as repository:
        shas = repository.commits(MAX_COMMITS)
        chance.shuffle(shas)
        for commit in repository.read_commits(shas):
            if len(found) == count:
                break
            if isinstance(commit, Commit) and 0 < len(commit.changes) <= MAX_FILES:
                edits = [edit for change in commit.changes for edit in _edits(repository, change)]
                if edits:
                    found.append(chance.choice(edits))
    return found


def _edits(repository: Repository, change: FileChange) -> Iterator[Example]:
    language = language_of(change.path)
    if language is None or change.is_new:
        return
    try:
        lines = read_lines(repository.read_blob(change.new_blob), change, MAX_FILE_BYTES)
    except GitError:
        return
    if isinstance(lines, str):
        return
    script = read_script(change.path, lines, change.blocks)
    origin = Origin("", change.new_blob, "", language)
    for moment in _moments(script):
        example = render_example(script, moment, (), origin, change.path, EXCERPT_TOKENS)
        if _is_whole(example):
            yield example


def _moments(script: Script) -> Iterator[Moment]:
    """Before each block that is not too long, the cursor in the line above or in its first one."""
    turn = 0
    while turn < len(script.order):
        block = script.slots[script.order[turn]].block
        end = turn
        while end < len(script.order) and script.slots[script.order[end]].block == block:
            end += 1
        visible = [slot for slot, _line in script.lines(turn) if slot <= script.order[turn]]
        if end - turn <= MAX_BLOCK_LINES and visible:
            line = script.slots[visible[-1]].at(turn) or ""
            column = 0 if visible[-1] == script.order[turn] else len(line)
            yield Moment("near", turn, end, visible[-1], column)
        turn = end


def _is_whole(example: Example) -> bool:
    """Whether the edit lies within the excerpt."""
    assert example.prompt_inputs is not None
    try:
        text_after(example.prompt_inputs, example.spec.expected_patches[0])
    except InvalidPatch:
        return False
    return True
