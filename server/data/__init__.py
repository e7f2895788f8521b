"""What is kept of predictions, by whose leave, and what became of them."""

from server.data.assembly import Data, Desk, build_data
from server.data.config import DataConfig
from server.data.errors import (
    DataError,
    DataOff,
    DataOverloaded,
    ForbiddenProject,
    ForbiddenUser,
    PolicyChanged,
)
from server.data.reporting.reports import OutcomeReport, Receipt, SettledReport

__all__ = [
    "Data",
    "DataConfig",
    "DataError",
    "DataOff",
    "DataOverloaded",
    "Desk",
    "ForbiddenProject",
    "ForbiddenUser",
    "OutcomeReport",
    "PolicyChanged",
    "Receipt",
    "SettledReport",
    "build_data",
]
