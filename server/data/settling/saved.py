"""Regions under watch on disk, so that a restart loses none whose text may be kept.

A row is sealed with its user's data key, like the log's words, and is never older than a second.
Regions of users without consent live in memory only.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from eventlog.keys import UserKeys, open_words, seal_words
from eventlog.privacy.secrets import SecretScanner
from server.data.consent.gate import ConsentGate
from server.data.consent.grants import Claim
from server.data.reporting.variants import Variant
from server.data.settling.changes import Span
from server.data.settling.regions import Predicted, Region

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class RegionRow:
    """A sealed region. ``pseudonym`` says whose key opens it."""

    prediction_id: str
    pseudonym: str
    sealed: str


class RegionTable(Protocol):
    """Keeps rows; both calls are durable and whole or not at all."""

    def save_regions(self, rows: Iterable[RegionRow], gone: Iterable[str]) -> None: ...

    def saved_regions(self) -> list[RegionRow]: ...


class SavedRegions:
    """Saves and restores. Used on the data worker's thread only."""

    def __init__(
        self, table: RegionTable, keys: UserKeys, gate: ConsentGate, scanner: SecretScanner
    ) -> None:
        self._table = table
        self._keys = keys
        self._gate = gate
        self._scanner = scanner

    def save(self, changed: Iterable[tuple[Key, Region]], gone: Iterable[str]) -> None:
        """Write down what has changed, and forget what is ``gone``, by prediction id.

        Raises ``EventLogError``; then nothing counts as saved, and all may be tried again.
        """
        regions = list(changed)
        rows = [row for key, region in regions if (row := self._row(key, region)) is not None]
        gone = list(gone)
        if rows or gone:
            self._table.save_regions(rows, gone)
        for _key, region in regions:
            region.is_saved = True

    def restore(self) -> Iterator[tuple[Key, Region]]:
        """What was saved, as far as its key still opens it; the rest is forgotten."""
        closed = []
        for row in self._table.saved_regions():
            key = self._keys.key_named(row.pseudonym)
            fields = None if key is None else open_words(row.sealed, key, row.prediction_id)
            if fields is None:
                closed.append(row.prediction_id)
            else:
                yield _region(fields)
        self._table.save_regions((), closed)

    def _row(self, key: Key, region: Region) -> RegionRow | None:
        predicted = region.predicted
        if not self._gate.allows(predicted.user, predicted.claim):
            return None
        parts = (predicted.base, predicted.candidate, region.text, *predicted.context)
        if self._scanner.scan("\n\n".join(parts)):
            return None
        pair = self._keys.key_for(predicted.user)
        words = json.dumps(_fields(key, region)).encode()
        sealed = seal_words(words, pair.key, predicted.prediction_id)
        return RegionRow(predicted.prediction_id, pair.pseudonym, sealed)


def _fields(key: Key, region: Region) -> dict[str, Any]:
    predicted = asdict(region.predicted)
    predicted["claim"]["paths"] = sorted(region.predicted.claim.paths)
    return {
        "key": key,
        "predicted": predicted,
        "span": asdict(region.span),
        "made": region.made,
        "touched": region.touched,
        "text": region.text,
    }


def _region(fields: dict[str, Any]) -> tuple[Key, Region]:
    predicted = fields["predicted"]
    claim = predicted["claim"]
    session_key, path = fields["key"]
    region = Region(
        predicted=Predicted(
            **predicted
            | {
                "variant": Variant(**predicted["variant"]),
                "claim": Claim(**claim | {"paths": frozenset(claim["paths"])}),
                "context": tuple(predicted["context"]),
            }
        ),
        span=Span(**fields["span"]),
        made=fields["made"],
        touched=fields["touched"],
        text=fields["text"],
        is_saved=True,
    )
    return (session_key, path), region
