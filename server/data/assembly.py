"""Puts the parts of ``server/data`` together, with a log or without."""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import timedelta

from prometheus_client import CollectorRegistry

from eventlog.privacy.paths import PathRules
from eventlog.privacy.secrets import default_scanner
from eventlog.segments import LogUnusable
from eventlog.sink import RecordSink
from server.data.config import REPORT_SLACK_SECONDS, DataConfig
from server.data.consent.desk import ConsentDesk
from server.data.consent.gate import ConsentGate
from server.data.consent.grants import ConsentPolicy, Consents
from server.data.follower import DataFollower
from server.data.journal import Journal
from server.data.metrics import DataMetrics
from server.data.recording.recorder import PredictionRecorder
from server.data.reporting.prediction_ids import PredictionIds
from server.data.reporting.reports import Reports
from server.data.reporting.variants import Variants
from server.data.settling.saved import SavedRegions
from server.data.settling.tracker import Tracker, TrackerConfig
from server.data.settling.watch import RegionWatch
from server.data.stores import MEGABYTE, open_stores
from server.data.users.holdings import Holdings
from server.data.users.people import People
from server.data.worker import DataWorker

USER_TOKENS = "user-tokens"


@dataclass(frozen=True, slots=True)
class Desk:
    """What is only there where something is kept."""

    consents: ConsentDesk
    holdings: Holdings
    people: People


class Data:
    """Everything that handlers need of ``server/data``."""

    def __init__(
        self,
        follower: DataFollower,
        reports: Reports,
        desk: Desk | None,
        watch: RegionWatch,
        worker: DataWorker,
        sink: RecordSink | None,
    ) -> None:
        self.follower = follower
        self.reports = reports
        self.desk = desk
        self.watch = watch
        self._worker = worker
        self._sink = sink
        self._is_started = False

    def start(self) -> None:
        """Called on the event loop, once or more.

        Raises ``EventLogError`` if the log cannot be written to.
        """
        if self._is_started:
            return
        self._is_started = True
        if self._sink is not None:
            self._sink.start()
        if self.desk is not None:
            self.desk.holdings.finish_erasures()
        self.watch.start(asyncio.get_running_loop())
        self.follower.prepare()
        self._worker.start(self._tick)

    def _tick(self) -> None:
        self.follower.prepare()
        self.watch.tick()
        if self.desk is not None:
            self.desk.holdings.tidy()

    def stop(self) -> None:
        """Bring all that waits to the log. Called beside the event loop, which goes on."""
        self._is_started = False
        self._worker.stop()
        self.watch.finish()
        if self._sink is not None:
            self._sink.stop()


def build_data(config: DataConfig, registry: CollectorRegistry) -> Data:
    """Where nothing is to be kept: predictions get ids, reports are counted, no more.

    Raises ``EventLogError`` if stores, keys or settings cannot be used.
    """
    metrics = DataMetrics(registry)
    worker = DataWorker(config.queue_mb * MEGABYTE)
    stores = open_stores(config)
    if stores is None:
        return _without_log(config, metrics, worker)
    keys, sink = stores.keys, stores.sink
    metrics.follow(sink)
    consents = Consents(stores.grants)
    journal = Journal(keys, sink, stores.events)
    gate = ConsentGate(keys, consents, _policy(config), metrics)
    variants = Variants(stores.variants)
    ids = PredictionIds(keys.secret("prediction-ids"))
    recorder = PredictionRecorder(journal, gate, default_scanner(), metrics)
    saved = SavedRegions(stores.regions, keys, gate, default_scanner())
    watch = _watch(config, worker, journal, gate, saved, metrics)
    return Data(
        DataFollower(ids, variants, journal, recorder, watch, worker, metrics),
        _reports(config, ids, variants, journal, gate, metrics),
        Desk(
            ConsentDesk(
                keys, consents, journal, config.policy_version, config.patterns("projects")
            ),
            Holdings(stores.source, keys, consents, journal, watch.forget),
            People(keys.secret(USER_TOKENS), config.admin_token),
        ),
        watch,
        worker,
        sink,
    )


def _without_log(config: DataConfig, metrics: DataMetrics, worker: DataWorker) -> Data:
    ids, variants, journal = PredictionIds(secrets.token_bytes(32)), Variants(), Journal()
    watch = _watch(config, worker, journal, None, None, metrics)
    return Data(
        DataFollower(ids, variants, journal, None, watch, worker, metrics),
        _reports(config, ids, variants, journal, None, metrics),
        None,
        watch,
        worker,
        None,
    )


def _watch(
    config: DataConfig,
    worker: DataWorker,
    journal: Journal,
    gate: ConsentGate | None,
    saved: SavedRegions | None,
    metrics: DataMetrics,
) -> RegionWatch:
    times = TrackerConfig(config.settle_seconds, config.settle_ttl_seconds)
    tracker = Tracker(times, metrics.region_dropped)
    return RegionWatch(tracker, worker, journal, gate, saved, default_scanner(), metrics)


def _reports(
    config: DataConfig,
    ids: PredictionIds,
    variants: Variants,
    journal: Journal,
    gate: ConsentGate | None,
    metrics: DataMetrics,
) -> Reports:
    return Reports(
        ids,
        variants,
        journal,
        gate,
        default_scanner(),
        metrics,
        config.settle_seconds,
        timedelta(seconds=config.settle_ttl_seconds + REPORT_SLACK_SECONDS),
    )


def _policy(config: DataConfig) -> ConsentPolicy:
    try:
        paths = PathRules(config.patterns("blocked_paths"))
    except ValueError as error:
        raise LogUnusable(f"blocked paths: {error}") from None
    return ConsentPolicy(config.policy_version, paths, config.patterns("waived_repositories"))
