"""Which store an address means."""

from pathlib import Path

from eventlog.segments import EventLogError
from eventlog.shared_redis import SCHEMES, SharedRedis
from rollout.errors import RolloutError, StoreUnavailable
from rollout.store.base import RolloutStore
from rollout.store.redis import RedisRolloutStore
from rollout.store.sqlite import SqliteRolloutStore

PAUSE_SECONDS = 0.3
"""A change is to be followed within two seconds, also of a Redis that has just come back."""


def check_address(address: str) -> None:
    """Raises ``RolloutError`` if no store could ever be there."""
    if not address:
        raise RolloutError("the address of the rollout's store is empty")
    scheme, is_url, _rest = address.partition("://")
    if is_url and scheme not in SCHEMES:
        raise RolloutError("the rollout's store is redis://, rediss://, unix:// or a file")


def open_store(address: str, *, may_make: bool = True) -> RolloutStore:
    """A Redis that several servers share, or a file of this machine, which is made if it
    ``may_make`` it.

    Raises ``StoreUnavailable`` if there is no such file, or the Redis does not answer or may forget
    what it holds, and ``RolloutError`` if the address or the file cannot be used.
    """
    check_address(address)
    if "://" not in address:
        if not may_make and not Path(address).exists():
            raise StoreUnavailable(f"there is no store {address}; servers and apply make one")
        return SqliteRolloutStore(Path(address))
    try:
        return RedisRolloutStore(SharedRedis(address, PAUSE_SECONDS))
    except EventLogError as error:
        raise StoreUnavailable(str(error)) from None
