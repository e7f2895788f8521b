"""A data folder as the server keeps it, and which keys open it."""

from pathlib import Path

from eventlog.keys import KeyStoreUnusable, SqliteKeyTable, UserKeys, master_key
from eventlog.segments.names import OPEN_SUFFIX, SEALED_SUFFIX, RecordClass, segments_in

LOG_FOLDER = "log"
KEYS_FILE = "keys.sqlite"
MASTER_KEY_FILE = "master.key"


def master_key_address(data_folder: Path, address: str | None = None) -> str:
    """The master key's: as given, else the file in the data folder."""
    return address or f"file:{data_folder / MASTER_KEY_FILE}"


def open_keys(data_folder: Path, address: str | None = None) -> UserKeys:
    """The keys in a data folder, made if there are none. Raises ``KeyStoreUnusable``."""
    master = master_key(master_key_address(data_folder, address))
    return UserKeys(SqliteKeyTable(data_folder / KEYS_FILE), master)


def existing_keys(data_folder: Path, address: str | None = None) -> UserKeys:
    """The keys in a data folder that a server has made. Raises ``KeyStoreUnusable``.

    For readers: in a folder that is none, nothing must come into being.
    """
    if not (data_folder / KEYS_FILE).is_file():
        raise KeyStoreUnusable(f"{data_folder} is no data folder: it has no {KEYS_FILE}")
    return open_keys(data_folder, address)


def segments_of(log_folder: Path, record_class: RecordClass | None = None) -> list[Path]:
    """The sealed segments, then the open ones, each oldest first within its class."""
    found = [*segments_in(log_folder, SEALED_SUFFIX), *segments_in(log_folder, OPEN_SUFFIX)]
    return [path for name, path in found if record_class in (None, name.record_class)]
