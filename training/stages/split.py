"""``split``: whole repositories into training, validation and test, with nothing leaking.

Every split gets its share of each language. A training row that is nearly the same as a row of
another split is dropped, whichever repositories they come from.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Self

from pydantic import Field, field_validator, model_validator

from quality.languages import language_of
from training.eligibility.reserved import owner_and_name
from training.examples import Example
from training.similarity.example_code import code_at_cursor, cursor_path
from training.similarity.near_duplicates import gather, signature
from training.similarity.splitting import assign, leaks
from training.stage import Dropped, StageConfig, SurveyStage


class SplitConfig(StageConfig):
    """The splits and how large they are to be; ``pinned`` repositories are no choice of ours."""

    percentages: tuple[str, ...] = Field(
        default=("train=80", "validation=10", "test=10"),
        description="SPLIT=PERCENT; as a table in a file.",
    )
    pinned: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="Repositories by split, as address or OWNER/NAME."
    )
    training: str = Field(default="train", description="The split that must not know the others.")
    threshold: float = Field(default=0.5, gt=0, le=1, description="Jaccard similarity of a leak.")
    seed: int = Field(default=0, ge=0, lt=1 << 32)

    @field_validator("percentages", mode="before")
    @classmethod
    def _from_table(cls, given: Any) -> Any:
        if isinstance(given, Mapping):
            return tuple(f"{split}={share}" for split, share in given.items())
        return given

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if abs(sum(self.shares.values()) - 100) > 1e-6:
            raise ValueError("percentages have to add up to 100")
        if self.training not in self.shares.keys() | self.pinned.keys():
            raise ValueError("the training split is none of the splits")
        names = [owner_and_name(url)[1] for urls in self.pinned.values() for url in urls]
        if len(set(names)) < len(names):
            raise ValueError("a repository is pinned twice; forks count as the same")
        return self

    @property
    def shares(self) -> dict[str, float]:
        """Percent by split. Raises ``ValueError`` for what is no ``SPLIT=PERCENT``."""
        found: dict[str, float] = {}
        for each in self.percentages:
            split, _equals, share = each.partition("=")
            if not split or split in found or not 0 < float(share) <= 100:
                raise ValueError("percentages are SPLIT=PERCENT, each split once, above 0")
            found[split] = float(share)
        return found

    @property
    def pinned_groups(self) -> dict[str, str]:
        """Split by group."""
        return {group_of_url(url): split for split, urls in self.pinned.items() for url in urls}


class Digest(NamedTuple):
    """What the survey needs of a row."""

    group: str
    language: str
    signature: bytes


class Plan(NamedTuple):
    """Split by row, and the training rows that leak with the split that they leak from."""

    splits: list[str]
    leaks: dict[int, str]


def group_of_url(url: str) -> str:
    """What all forks of a repository have in common: its name."""
    return f"repository:{owner_and_name(url)[1]}"


def group_of(example: Example) -> str:
    """What never straddles splits: a repository; a session or a single row where there is none."""
    given = example.prompt_inputs
    url = example.spec.repository_url or (given.repo_url if given else None)
    if url:
        return group_of_url(url)
    if example.session:
        return f"session:{example.session}"
    return f"row:{example.spec.name}"


def digest(example: Example, config: SplitConfig) -> Digest:
    """Group, language and signature. Raises ``MissingSection``."""
    code = signature(code_at_cursor(example), config.seed)
    return Digest(group_of(example), _language(example) or "", code)


def survey(digests: Iterable[Digest], config: SplitConfig) -> Plan:
    """Where every row goes."""
    groups: dict[str, Counter[str]] = {}
    group_by_row: list[str] = []
    names: dict[str, str] = {}
    signatures = bytearray()
    for each in digests:
        group = names.setdefault(each.group, each.group)
        groups.setdefault(group, Counter())[each.language] += 1
        group_by_row.append(group)
        signatures += each.signature
    split_of = assign(groups, config.shares, config.pinned_groups, config.seed)
    splits = [split_of[group] for group in group_by_row]
    found = leaks(gather([bytes(signatures)]), splits, config.training, config.threshold)
    return Plan(splits, found)


def run(example: Example, index: int, plan: Plan, _config: SplitConfig) -> Example | Dropped:
    """The row with its split, or the split that it would have leaked from."""
    if index in plan.leaks:
        return Dropped(f"near_duplicate_of_{plan.leaks[index]}")
    return example.model_copy(update={"split": plan.splits[index], "language": _language(example)})


def _language(example: Example) -> str | None:
    return example.language or language_of(cursor_path(example))


STAGE = SurveyStage(
    name="split",
    summary="whole repositories into training, validation and test, with nothing leaking",
    version=1,
    config=SplitConfig,
    survey=survey,
    run=run,
    digest=digest,
)
