"""Regions that another server has written down, taken over."""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from benchmarks.redis_server import RedisServer
from eventlog.keys import KeyStoreUnusable, RedisKeyTable, UserKeys, master_key
from eventlog.privacy.paths import PathRules
from eventlog.privacy.secrets import default_scanner
from eventlog.shared_redis import SharedRedis
from server.data.consent.gate import ConsentGate
from server.data.consent.grants import Claim, ConsentPolicy, Consents, Grant
from server.data.metrics import DataMetrics
from server.data.reporting.variants import Variant
from server.data.settling.changes import Span
from server.data.settling.regions import Key, Predicted, Region
from server.data.settling.saved import SavedRegions
from server.data.state.redis import RedisState
from server.data.state.redis_regions import RedisRegions

KEY: Key = ("ann\0window", "a.py")


class _Keys(UserKeys):
    """Keys behind a service that may be away."""

    is_away = False

    def key_named(self, pseudonym: str) -> bytes | None:
        if self.is_away:
            raise KeyStoreUnusable("the key service does not answer")
        return super().key_named(pseudonym)


def _region() -> Region:
    claim = Claim(True, "shop", "", True, frozenset({"a.py"}))
    variant = Variant("stable", "control", "zeta1", "m1", "c1")
    predicted = Predicted("p1", "ann", variant, claim, "a.py", "old", "new", ("", ""))
    return Region(predicted, Span(0, 3), made=time.time(), touched=time.time(), text="old")


def _server(redis: RedisServer, folder: Path) -> tuple[SavedRegions, _Keys]:
    shared = SharedRedis(redis.url)
    keys = _Keys(RedisKeyTable(shared), master_key(f"file:{folder / 'master.key'}"))
    consents = Consents(RedisState(shared))
    grant = Grant("shop", "consent-1", datetime.now(UTC), "1", "test", "MIT")
    consents.put(keys.key_for("ann").pseudonym, grant)
    policy = ConsentPolicy("1", PathRules())
    gate = ConsentGate(keys, consents, policy, DataMetrics(CollectorRegistry()))
    regions = RedisRegions(shared, lease_seconds=60.0, keep_seconds=60.0)
    return SavedRegions(regions, keys, gate, default_scanner()), keys


def test_a_region_that_could_not_be_opened_is_given_again(
    redis_server: RedisServer, tmp_path: Path
) -> None:
    first, _keys = _server(redis_server, tmp_path)
    first.hold([KEY])
    first.save([(KEY, _region())], [])
    second, keys = _server(redis_server, tmp_path)
    keys.is_away = True
    with pytest.raises(KeyStoreUnusable):
        second.hold([KEY])
    keys.is_away = False
    second.save([], [])
    assert [region.text for _key, region in second.hold([KEY])] == ["old"]
    assert second.hold([KEY]) == []
