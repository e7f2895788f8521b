"""Keys that make a user's words readable, and that can be destroyed."""

from eventlog.keys.envelope import open_words, seal_words
from eventlog.keys.errors import KeyStoreUnusable
from eventlog.keys.master import CommandMasterKey, FileMasterKey, MasterKey, master_key
from eventlog.keys.redis_table import RedisKeyTable
from eventlog.keys.sqlite_table import SqliteKeyTable
from eventlog.keys.table import KeyRow, KeyTable
from eventlog.keys.user_keys import UserKey, UserKeys

__all__ = [
    "CommandMasterKey",
    "FileMasterKey",
    "KeyRow",
    "KeyStoreUnusable",
    "KeyTable",
    "MasterKey",
    "RedisKeyTable",
    "SqliteKeyTable",
    "UserKey",
    "UserKeys",
    "master_key",
    "open_words",
    "seal_words",
]
