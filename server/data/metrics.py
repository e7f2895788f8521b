"""Prometheus metrics of what becomes of predictions, and of what is kept of them.

Kept rate is ``foretype_kept_bytes_total / foretype_candidate_bytes_total``, recall rate the same
over ``foretype_reference_bytes_total``: ratios of rates, by experiment, arm and prompt format.
"""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from eventlog import ExposureRecord, OutcomeRecord, Record, SettledRecord
from eventlog.sink import RecordSink
from server.data.consent.grants import Refusal
from server.data.settling.regions import DropReason

SETTLE_BUCKETS = (10.0, 11.0, 12.0, 15.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 180.0, 240.0, 300.0)
_VARIANT = ("experiment", "arm", "prompt_format")


class DataMetrics:
    """Observed at the event, and nowhere else."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._exposures = self._counter(
            "exposures", "Users met in an experiment's arm, once an hour each.", "experiment", "arm"
        )
        self._outcomes = self._counter(
            "outcomes", "What users did with predictions.", *_VARIANT, "outcome"
        )
        self._settled = self._counter(
            "settled", "Predicted regions that came to rest.", *_VARIANT, "source"
        )
        self._kept = self._counter(
            "kept_bytes", "Predicted changes that are still there when settled.", *_VARIANT
        )
        self._candidate = self._counter(
            "candidate_bytes", "Predicted changes, of settled regions.", *_VARIANT
        )
        self._reference = self._counter(
            "reference_bytes", "Changes that were really made in settled regions.", *_VARIANT
        )
        self._settle_seconds = Histogram(
            "foretype_settle_seconds",
            "Time from a prediction until its region had settled.",
            ("source",),
            buckets=SETTLE_BUCKETS,
            registry=registry,
        )
        self._reports_refused = self._counter(
            "reports_refused", "Reports of clients that were refused.", "endpoint", "code"
        )
        self._reports_repeated = self._counter(
            "reports_repeated", "Reports that had come before.", "endpoint"
        )
        self._regions_dropped = self._counter(
            "regions_dropped", "Watched regions that will not settle.", "reason"
        )
        self._refusals = self._counter(
            "consent_refusals", "Predictions whose text may not be kept.", "cause"
        )
        self._redactions = self._counter("redactions", "Secrets found in snapshots.", "rule")
        self._snapshots_dropped = self._counter(
            "snapshots_dropped", "Texts that might have been kept, and were not.", "reason"
        )
        self._jobs_dropped = Counter(
            "foretype_data_jobs_dropped",
            "Notes of predictions that were dropped: too many waited, or no key could be had.",
            registry=registry,
        )
        self.regions_watched = Gauge(
            "foretype_regions_watched", "Regions under watch.", registry=registry
        )
        for cause in Refusal:
            self._refusals.labels(cause)

    def written(self, record: Record) -> None:
        """A report is on record, for the first time."""
        if isinstance(record, OutcomeRecord):
            self._outcome(record)
        elif isinstance(record, SettledRecord):
            self._settle(record)

    def _outcome(self, record: OutcomeRecord) -> None:
        self._outcomes.labels(
            record.experiment, record.arm, record.prompt_format, record.outcome
        ).inc()

    def _settle(self, record: SettledRecord) -> None:
        variant = (record.experiment, record.arm, record.prompt_format)
        counts = record.counts
        self._settled.labels(*variant, record.source).inc()
        self._kept.labels(*variant).inc(counts.kept_bytes + counts.correctly_deleted_bytes)
        self._candidate.labels(*variant).inc(
            counts.candidate_new_bytes + counts.candidate_deleted_bytes
        )
        self._reference.labels(*variant).inc(
            counts.reference_new_bytes + counts.reference_deleted_bytes
        )
        if record.seconds_to_settle is not None:
            self._settle_seconds.labels(record.source).observe(record.seconds_to_settle)

    def exposed(self, record: ExposureRecord) -> None:
        self._exposures.labels(record.experiment, record.arm).inc()

    def report_refused(self, endpoint: str, code: str) -> None:
        self._reports_refused.labels(endpoint, code).inc()

    def report_repeated(self, endpoint: str) -> None:
        self._reports_repeated.labels(endpoint).inc()

    def region_dropped(self, reason: DropReason) -> None:
        self._regions_dropped.labels(reason).inc()

    def refused(self, cause: Refusal) -> None:
        self._refusals.labels(cause).inc()

    def redacted(self, rule: str, count: int) -> None:
        self._redactions.labels(rule).inc(count)

    def dropped_snapshot(self, reason: str) -> None:
        self._snapshots_dropped.labels(reason).inc()

    def job_dropped(self) -> None:
        self._jobs_dropped.inc()

    def follow(self, sink: RecordSink) -> None:
        """Show what the event log does."""
        self._registry.register(_LogCollector(sink))

    def _counter(self, name: str, description: str, *labels: str) -> Counter:
        return Counter(f"foretype_{name}", description, labels, registry=self._registry)


class _LogCollector(Collector):
    """Reads the log's own counts when Prometheus asks."""

    def __init__(self, sink: RecordSink) -> None:
        self._sink = sink

    def collect(self) -> Iterator[Metric]:
        sink = self._sink
        written = CounterMetricFamily(
            "foretype_event_log_records", "Records written.", labels=["record_class"]
        )
        for record_class, count in list(sink.stats.num_written.items()):
            written.add_metric([record_class], count)
        yield written
        dropped = CounterMetricFamily(
            "foretype_event_log_dropped", "Records lost.", labels=["record_class", "reason"]
        )
        for (record_class, reason), count in list(sink.stats.num_dropped.items()):
            dropped.add_metric([record_class, reason], count)
        yield dropped
        yield GaugeMetricFamily(
            "foretype_event_log_unshipped_segments",
            "Sealed segments that the object store does not hold yet.",
            value=sink.stats.num_unshipped,
        )
        yield GaugeMetricFamily(
            "foretype_event_log_lag_seconds",
            "How long the oldest record that is not durable has waited.",
            value=sink.lag_seconds,
        )
