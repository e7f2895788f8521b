"""Regions under watch, written down, so that a restart loses none whose text may be kept.

A row is sealed with its user's data key, like the log's words, and is never older than a second.
Regions of users without consent live in memory only. Where several servers share the table, each
file of an editor window, a place, is held by the one that heard of it last.
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import asdict
from hashlib import blake2b
from typing import Any, NamedTuple, Protocol

from eventlog.keys import UserKeys, open_words, seal_words
from eventlog.privacy.secrets import SecretScanner
from server.data.consent.gate import ConsentGate
from server.data.consent.grants import Claim
from server.data.reporting.variants import Variant
from server.data.settling.changes import Span
from server.data.settling.regions import Key, Predicted, Region

PLACE_BYTES = 12


class RegionRow(NamedTuple):
    """A sealed region. ``pseudonym`` says whose key opens it; ``place`` names its file to us."""

    prediction_id: str
    place: str
    pseudonym: str
    sealed: str


class RegionTable(Protocol):
    """Keeps rows, durably. All may raise ``LogUnavailable``."""

    def save_regions(
        self, rows: Iterable[RegionRow], gone: Iterable[str], taken: Iterable[str] = ()
    ) -> None:
        """Write and forget rows, but for those of places that others hold: all or none.

        ``taken`` are those that the caller was given, and watches from now on.
        """
        ...

    def abandoned_regions(self) -> list[RegionRow]:
        """Rows that nobody watches any more. Their places are held by the caller from now on.

        They are given again until they are said to be ``taken``; so with ``hold_places``.
        """
        ...

    def hold_places(self, places: Collection[str]) -> list[RegionRow]:
        """Hold places; the rows there that another has watched until now."""
        ...

    def held_places(self, places: Collection[str]) -> set[str]:
        """Those of ``places`` that no other has taken."""
        ...

    def leave_regions(self) -> None:
        """Leave all to others."""
        ...


class SavedRegions:
    """Saves and restores. Used on the data worker's thread only."""

    def __init__(
        self, table: RegionTable, keys: UserKeys, gate: ConsentGate, scanner: SecretScanner
    ) -> None:
        self._table = table
        self._keys = keys
        self._gate = gate
        self._scanner = scanner
        self._place_key = keys.secret("places")
        self._taken: set[str] = set()

    def save(self, changed: Iterable[tuple[Key, Region]], gone: Iterable[str]) -> None:
        """Write down what has changed, and forget what is ``gone``, by prediction id.

        Raises ``EventLogError``; then nothing counts as saved, and all may be tried again.
        """
        regions = list(changed)
        rows = [row for key, region in regions if (row := self._row(key, region)) is not None]
        gone = list(gone)
        if rows or gone or self._taken:
            self._table.save_regions(rows, gone, self._taken)
            self._taken.clear()
        for _key, region in regions:
            region.is_saved = True

    def abandoned(self) -> list[tuple[Key, Region]]:
        """What nobody watches any more: at the start, and where another server is gone."""
        return self._opened(self._table.abandoned_regions())

    def hold(self, keys: Collection[Key]) -> list[tuple[Key, Region]]:
        """Files that are ours from now on; what others watched in them."""
        return self._opened(self._table.hold_places([self._place(key) for key in keys]))

    def held(self, keys: Collection[Key]) -> set[Key]:
        """Those of ``keys`` that are still ours."""
        places = {self._place(key): key for key in keys}
        return {places[place] for place in self._table.held_places(list(places))}

    def leave(self) -> None:
        """Leave all to others."""
        self._table.leave_regions()

    def _opened(self, rows: Iterable[RegionRow]) -> list[tuple[Key, Region]]:
        """As far as its key still opens it; the rest is forgotten.

        They count as taken when nothing more can fail: until then they are given again.
        """
        given = [row for row in rows if row.prediction_id not in self._taken]
        fields = {row.prediction_id: self._words_of(row) for row in given}
        closed = [name for name, words in fields.items() if words is None]
        if closed:
            self._table.save_regions((), closed)
        opened = {name: words for name, words in fields.items() if words is not None}
        self._taken.update(opened)
        return [_region(words) for words in opened.values()]

    def _words_of(self, row: RegionRow) -> dict[str, Any] | None:
        key = self._keys.key_named(row.pseudonym)
        return None if key is None else open_words(row.sealed, key, row.prediction_id)

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
        return RegionRow(predicted.prediction_id, self._place(key), pair.pseudonym, sealed)

    def _place(self, key: Key) -> str:
        text = "\0".join(key).encode()
        return blake2b(text, key=self._place_key, digest_size=PLACE_BYTES).hexdigest()


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
