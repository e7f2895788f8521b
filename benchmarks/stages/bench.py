"""Where the files of one number of rows lie, what each stage reads, and its command line."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from training.history.git import Repository

ROWS_PER_COMMIT = 2.3
"""A commit of the newest ones yields a few more, with as many examples of each as below."""
EXAMPLES_PER_COMMIT = 5
MAX_COMMITS = 100_000

SOURCES: Mapping[str, str | None] = {
    "synthesize": None,
    "ingest": "log",
    "context": "examples",
    "filter": "examples",
    "dedupe": "examples",
    "split": "examples",
    "check": "answered",
    "settle": "settled",
    "format": "examples",
    "pack": "format",
    "score": "answered",
    "evaluate": "score",
}
"""What each stage reads: an input made here, or what another stage wrote."""
FOLDERS = ("pack", "evaluate")
"""Stages that write a folder."""


@dataclass(frozen=True, slots=True)
class Bench:
    """One number of rows. ``examples`` stand in for those of ``synthesize`` if given."""

    folder: Path
    num_rows: int
    repositories: Path | None = None
    tokenizer: Path | None = None
    examples: Path | None = None
    num_predictions: int = 1

    @property
    def log_file(self) -> Path:
        return self.folder / "stages.log"

    def output(self, stage: str) -> Path:
        name = stage if stage in FOLDERS else f"{stage}.jsonl"
        return self.folder / "outputs" / name

    def input(self, name: str) -> Path:
        return self.folder / "inputs" / (name if name == "log" else f"{name}.jsonl")

    def clones(self) -> list[Path]:
        """All ``OWNER/NAME.git`` of the folder of repositories."""
        assert self.repositories is not None
        return sorted(each for each in self.repositories.glob("*/*.git") if each.is_dir())


def command(stage: str, bench: Bench) -> list[str]:
    """The stage, what it reads and writes, and its parameters."""
    out = ["-o", str(bench.output(stage))]
    source = str(source_of(stage, bench))
    match stage:
        case "synthesize":
            return [stage, *out, *_synthesis(bench)]
        case "ingest":
            return [stage, *out, "--segments", source]
        case "context":
            parameters = ["--repositories", str(bench.repositories)]
        case "format" | "pack":
            parameters = ["--tokenizer", str(bench.tokenizer), "--default-split", "train"]
        case _:
            parameters = []
    return [stage, source, *out, *parameters]


def _synthesis(bench: Bench) -> list[str]:
    """As many commits of each repository as ought to yield the rows; all rows are kept."""
    clones = bench.clones()
    commits = commits_each(
        bench.num_rows / ROWS_PER_COMMIT, [_num_commits(each) for each in clones]
    )
    parameters = ["--max-commits", str(commits), "--examples-per-commit", str(EXAMPLES_PER_COMMIT)]
    for clone in clones:
        url = f"https://github.com/{clone.parent.name}/{clone.stem}"
        parameters += ["--repositories", f"{clone}={url}"]
    return [*parameters, "--examples-per-repository", "1000000"]


def commits_each(wanted: float, available: Sequence[int]) -> int:
    """The newest of how many commits of each repository are as many as wanted, or are all."""
    most = max(available)
    fits = range(1, most)
    return bisect_left(fits, wanted, key=lambda each: sum(min(each, num) for num in available)) + 1


def _num_commits(clone: Path) -> int:
    with Repository(clone) as repository:
        return len(repository.commits(MAX_COMMITS))


def source_of(stage: str, bench: Bench) -> Path | None:
    """The file or folder that ``stage`` reads."""
    source = SOURCES[stage]
    if source is None:
        return None
    return bench.output(source) if source in SOURCES else bench.input(source)
