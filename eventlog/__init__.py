"""Records of predictions and of what became of them: written by the server, read by training.

Knows neither engines nor endpoints; imports ``prompt_format`` only.
"""

from eventlog.consent import ConsentSnapshot, LicenseClass
from eventlog.reading import ReadCounts, read_at, read_located, read_records, to_record
from eventlog.records import (
    ConsentRecord,
    DeletionRecord,
    EditCounts,
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
    "LicenseClass",
    "OutcomeRecord",
    "PredictionRecord",
    "ReadCounts",
    "Record",
    "SettledRecord",
    "Snapshot",
    "parse_record",
    "read_at",
    "read_located",
    "read_records",
    "to_record",
]
