"""Where a deployment's keys and log lie: in a data folder, or in what several servers share."""

from pathlib import Path
from urllib.parse import urlsplit

from eventlog.keys import KeyStoreUnusable, RedisKeyTable, SqliteKeyTable, UserKeys, master_key
from eventlog.segments.names import OPEN_SUFFIX, SEALED_SUFFIX, RecordClass, segments_in
from eventlog.shared_redis import SCHEMES, SharedRedis

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


def open_shared_keys(redis: SharedRedis, address: str | None) -> UserKeys:
    """The keys in a Redis, made if there are none. Raises ``KeyStoreUnusable``.

    Each server would make a master key of its own in a folder of its own, so it has to be named.
    """
    if not address:
        raise KeyStoreUnusable("servers that share a Redis need one master key: name it")
    return UserKeys(RedisKeyTable(redis), master_key(address))


def existing_keys(place: Path | str, address: str | None = None) -> UserKeys:
    """The keys that a server has made, in a data folder or a Redis. Raises ``EventLogError``.

    For readers: in a place that has none, nothing must come into being.
    """
    if urlsplit(str(place)).scheme in SCHEMES:
        redis = SharedRedis(str(place))
        if not RedisKeyTable(redis).exists():
            raise KeyStoreUnusable("that Redis holds no keys")
        return open_shared_keys(redis, address)
    folder = Path(place)
    if not (folder / KEYS_FILE).is_file():
        raise KeyStoreUnusable(f"{folder} is no data folder: it has no {KEYS_FILE}")
    return open_keys(folder, address)


def segments_of(log_folder: Path, record_class: RecordClass | None = None) -> list[Path]:
    """The sealed segments, then the open ones, each oldest first within its class."""
    found = [*segments_in(log_folder, SEALED_SUFFIX), *segments_in(log_folder, OPEN_SUFFIX)]
    return [path for name, path in found if record_class in (None, name.record_class)]
