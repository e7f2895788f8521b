"""What a student was trained on, and with what right: the data manifest that a release carries.

Counts only, no text. A public repository is listed with its licence; of data that users gave there
is no list, only how much of it passed the check of consent.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from pydantic import Field

from eventlog.privacy.licenses import PERMISSIVE
from training.errors import RunError
from training.examples import Example, Record, Stamp

CONSENT_STAGE = "ingest"
"""The stage that lets a user's data in, and only with complete consent."""

MANIFEST_FILE = "data.json"


class RepositoryShare(Record):
    """Rows from one public repository, with the licences of their files."""

    url: str
    licenses: tuple[str, ...]
    num_rows: int


class StageShare(Record):
    """Rows that went through a stage in this version, of this model and template if any."""

    stage: str
    version: int
    model: str | None = None
    template: str | None = None
    num_rows: int


class DataManifest(Record):
    """Numbers of rows, in all and by what they are; ``num_consented_rows`` came from users."""

    num_rows: int = 0
    num_licensed_rows: int = 0
    num_consented_rows: int = 0
    repositories: tuple[RepositoryShare, ...] = ()
    licenses: dict[str, int] = Field(default_factory=dict)
    languages: dict[str, int] = Field(default_factory=dict)
    splits: dict[str, int] = Field(default_factory=dict)
    tags: dict[str, int] = Field(default_factory=dict)
    stages: tuple[StageShare, ...] = ()


def data_manifest(rows: Iterable[Example]) -> DataManifest:
    """Count ``rows`` in one pass. Raises ``RunError`` at one that nothing allows to learn from."""
    counted = _Counted()
    for row in rows:
        counted.add(row)
    return counted.manifest()


class _Counted:
    """What has been counted so far."""

    def __init__(self) -> None:
        self._rows: Counter[str] = Counter()
        self._repositories: Counter[tuple[str, str]] = Counter()
        self._licenses: Counter[str] = Counter()
        self._languages: Counter[str] = Counter()
        self._splits: Counter[str] = Counter()
        self._tags: Counter[str] = Counter()
        self._stages: Counter[tuple[str, int, str | None, str | None]] = Counter()

    def add(self, row: Example) -> None:
        if any(stamp.stage == CONSENT_STAGE for stamp in row.provenance):
            self._rows["consented"] += 1
        elif row.license in PERMISSIVE and row.spec.repository_url:
            self._rows["licensed"] += 1
            self._repositories[row.spec.repository_url, row.license] += 1
            self._licenses[row.license] += 1
        else:
            raise RunError(
                f"example {row.spec.name!r} has neither consent nor a repository with a permissive"
                " licence; run filter first"
            )
        self._languages[row.language or "unknown"] += 1
        self._splits[row.split or "none"] += 1
        self._tags.update(row.spec.tags)
        self._stages.update({_key(stamp) for stamp in row.provenance})

    def manifest(self) -> DataManifest:
        urls = sorted({url for url, _license in self._repositories})
        return DataManifest(
            num_rows=self._rows.total(),
            num_licensed_rows=self._rows["licensed"],
            num_consented_rows=self._rows["consented"],
            repositories=tuple(self._share(url) for url in urls),
            licenses=_sorted(self._licenses),
            languages=_sorted(self._languages),
            splits=_sorted(self._splits),
            tags=_sorted(self._tags),
            stages=tuple(
                StageShare(stage=stage, version=version, model=model, template=name, num_rows=count)
                for (stage, version, model, name), count in self._stages.items()
            ),
        )

    def _share(self, url: str) -> RepositoryShare:
        counts = {key[1]: count for key, count in self._repositories.items() if key[0] == url}
        return RepositoryShare(
            url=url, licenses=tuple(sorted(counts)), num_rows=sum(counts.values())
        )


def _key(stamp: Stamp) -> tuple[str, int, str | None, str | None]:
    return stamp.stage, stamp.version, stamp.model, stamp.template


def _sorted(counts: "Counter[str]") -> dict[str, int]:
    """Most frequent first, equal ones by name."""
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def read_data_manifest(text: str | bytes) -> dict[str, Any]:
    """The manifest in a file, as it goes into a release. Raises ``ValueError``."""
    return DataManifest.model_validate_json(text).model_dump(mode="json")
