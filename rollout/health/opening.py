"""The table of counts beside the rollout's store, opened when it is first needed."""

import threading
from collections.abc import Mapping
from pathlib import Path

from eventlog.segments import EventLogError
from eventlog.shared_redis import SharedRedis
from rollout.errors import StoreUnavailable
from rollout.health.counts import ArmName, Counts, HealthTable
from rollout.health.redis import RedisHealthTable
from rollout.health.sqlite import SqliteHealthTable
from rollout.store.file import is_there


class LateHealthTable:
    """See ``HealthTable``. At the address of a store; tried again until it can be opened.

    A file is made by the store, never for the counts alone.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._table: HealthTable | None = None
        self._lock = threading.Lock()

    def add(self, minute: int, counts: Mapping[ArmName, Counts]) -> None:
        self._opened().add(minute, counts)

    def since(self, minute: int) -> Mapping[ArmName, Counts]:
        return self._opened().since(minute)

    def _opened(self) -> HealthTable:
        with self._lock:
            if self._table is None:
                self._table = _open(self._address)
            return self._table


def _open(address: str) -> HealthTable:
    if "://" not in address:
        if not is_there(Path(address)):
            raise StoreUnavailable(f"there is no store {address}")
        return SqliteHealthTable(Path(address))
    try:
        return RedisHealthTable(SharedRedis(address))
    except EventLogError as error:
        raise StoreUnavailable(str(error)) from None
