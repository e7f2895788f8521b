"""Records of predictions and of what became of them: written by the server, read by training.

``segments`` writes them, ``keys`` seals the users' words in them, ``reading`` reads them again;
``privacy`` says what may be in them at all. Knows neither engines nor endpoints.
"""

from eventlog.consent import ConsentSnapshot, LicenseClass
from eventlog.reading import (
    KeyLookup,
    ReadCounts,
    opened,
    read_at,
    read_located,
    read_records,
    to_record,
)
from eventlog.records import (
    ConsentRecord,
    DeletionRecord,
    EditCounts,
    ExposureRecord,
    OutcomeRecord,
    PredictionRecord,
    Record,
    SettledRecord,
    Snapshot,
    parse_record,
)

__all__ = [
    "ConsentRecord",
    "ConsentSnapshot",
    "DeletionRecord",
    "EditCounts",
    "ExposureRecord",
    "KeyLookup",
    "LicenseClass",
    "OutcomeRecord",
    "PredictionRecord",
    "ReadCounts",
    "Record",
    "SettledRecord",
    "Snapshot",
    "opened",
    "parse_record",
    "read_at",
    "read_located",
    "read_records",
    "to_record",
]
