"""From a record to its line: the user by pseudonym, the user's own words sealed.

``SEALED_FIELDS`` are the words: code, paths, names. Everything else in a record is numbers and
words of ours, and stays readable to whoever evaluates the log.
"""

from collections.abc import Mapping
from types import MappingProxyType

from eventlog.keys import UserKeys, seal_words
from eventlog.lines import checked_line
from eventlog.records import ConsentRecord, DeletionRecord, Record
from eventlog.segments import Line, RecordClass

SEALED_FIELDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "prediction": frozenset({"session", "project", "snapshot"}),
        "settled": frozenset({"text"}),
        "consent": frozenset({"project", "source"}),
        "deletion": frozenset({"project"}),
    }
)


def encode(record: Record, keys: UserKeys) -> Line:
    """The line of ``record``, whose ``user`` is the id that the client knows.

    Raises ``KeyStoreUnusable``.
    """
    pair = keys.key_for(record.user)
    named = record.model_copy(update={"user": pair.pseudonym})
    words = named.model_dump_json(
        include=set(SEALED_FIELDS.get(record.kind, ())), exclude_none=True, exclude_defaults=True
    ).encode()
    fields = named.model_dump_json(
        exclude=set(SEALED_FIELDS.get(record.kind, ())), exclude_none=True
    ).encode()
    if words != b"{}":
        sealed = seal_words(words, pair.key, record.event_id)
        fields = b'%b,"sealed":"%b"}' % (fields[:-1], sealed.encode())
    return Line(checked_line(fields), class_of(record), pair.pseudonym)


def class_of(record: Record) -> RecordClass:
    """How long a record is kept."""
    if isinstance(record, ConsentRecord | DeletionRecord):
        return RecordClass.CONSENT
    text = getattr(record, "snapshot", None) or getattr(record, "text", None)
    return RecordClass.COUNTS if text is None else RecordClass.TEXT
