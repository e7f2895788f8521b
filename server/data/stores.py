"""Where everything that is kept lies: on one machine, or in what several servers share."""

from dataclasses import dataclass

from eventlog.brokers.opening import open_broker
from eventlog.keys import UserKeys
from eventlog.opening import open_keys, open_shared_keys
from eventlog.segments import (
    DAY_SECONDS,
    LogUnusable,
    RecordClass,
    SegmentConfig,
    SegmentLog,
    SegmentStore,
)
from eventlog.shared_redis import SharedRedis
from eventlog.sink import RecordSink
from eventlog.source import FolderSource, LogSource
from server.data.config import DataConfig
from server.data.consent.grants import GrantTable
from server.data.events import EventTable, LocalEvents
from server.data.reporting.recent import recent_events
from server.data.reporting.variants import VariantTable
from server.data.settling.saved import RegionTable
from server.data.state.redis import RedisState
from server.data.state.redis_regions import RedisRegions
from server.data.state.sqlite import SqliteState

STATE_FILE = "state.sqlite"
MEGABYTE = 1 << 20
LEASE_SLACK_SECONDS = 10.0
"""A region that settles late, for a message that is late or a log that does not answer."""
KEEP_SLACK_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Stores:
    """Keys, the log to write and to read, and tables."""

    keys: UserKeys
    sink: RecordSink
    source: LogSource
    events: EventTable
    grants: GrantTable
    variants: VariantTable
    regions: RegionTable


def open_stores(config: DataConfig) -> Stores | None:
    """None if nothing is to be kept. Raises ``EventLogError`` if something cannot be used."""
    if config.folder is not None and config.redis is not None:
        raise LogUnusable("a data folder is for one server, Redis for several: set one of them")
    if config.redis is None and config.log is not None:
        raise LogUnusable("servers that share a log share a Redis, too: name it")
    if config.folder is None and config.store is not None:
        raise LogUnusable("an object store takes the segments of a data folder: name that")
    if config.folder is not None:
        return _of_one_server(config)
    return None if config.redis is None else _of_several_servers(config)


def _of_one_server(config: DataConfig) -> Stores:
    log_folder = config.log_folder
    assert config.folder is not None and log_folder is not None
    keys = open_keys(config.folder, config.master_key)
    store = None if config.store is None else SegmentStore(config.store)
    state = SqliteState(config.folder / STATE_FILE)
    return Stores(
        keys=keys,
        sink=SegmentLog(log_folder, _segment_config(config), store),
        source=FolderSource(log_folder),
        events=LocalEvents(recent_events(log_folder)),
        grants=state,
        variants=state,
        regions=state,
    )


def _of_several_servers(config: DataConfig) -> Stores:
    assert config.redis is not None
    redis = SharedRedis(config.redis)
    sink, source = open_broker(
        config.log or config.redis, config.queue_mb * MEGABYTE, _retention_seconds(config)
    )
    state = RedisState(redis)
    return Stores(
        keys=open_shared_keys(redis, config.master_key),
        sink=sink,
        source=source,
        events=state,
        grants=state,
        variants=state,
        regions=RedisRegions(
            redis,
            lease_seconds=config.settle_seconds + LEASE_SLACK_SECONDS,
            keep_seconds=config.settle_ttl_seconds + KEEP_SLACK_SECONDS,
        ),
    )


def _segment_config(config: DataConfig) -> SegmentConfig:
    return SegmentConfig(
        max_queue_bytes=config.queue_mb * MEGABYTE,
        min_free_bytes=config.min_free_mb * MEGABYTE,
        retention_seconds=_retention_seconds(config),
    )


def _retention_seconds(config: DataConfig) -> dict[RecordClass, float]:
    return {
        RecordClass.TEXT: config.text_days * DAY_SECONDS,
        RecordClass.COUNTS: config.counts_days * DAY_SECONDS,
    }
