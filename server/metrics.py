"""Every Prometheus metric of the server, observed at the event and nowhere else.

Labels are bounded by construction: arms, models, reasons, stages. Never a user, path, session or
text. Ratios (cache hits, acceptance) are left to PromQL: they are ratios of rates.
"""

from collections.abc import Mapping

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)

from model import GenerationStats

LATENCY_BUCKETS = (
    *(0.001, 0.0025, 0.005),
    *(0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.125, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75),
    *(1.0, 1.5, 2.0, 3.0, 5.0),
)
"""Seconds. Dense below the 300 ms that a keystroke has; common defaults begin there."""


class Metrics:
    """The metrics of one app, in a registry of its own: two apps can live in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self.request_duration = Histogram(
            "foretype_request_duration_seconds",
            "Time from the first byte of a request to the last of its answer.",
            ("endpoint", "arm", "model", "outcome"),
            buckets=LATENCY_BUCKETS,
            registry=self.registry,
        )
        self.stage_duration = Histogram(
            "foretype_stage_duration_seconds",
            "Time that a prediction spent in one of its stages.",
            ("stage",),
            buckets=LATENCY_BUCKETS,
            registry=self.registry,
        )
        self.predictions = self._counter(
            "predictions", "Predictions by result: edit, or the reason for none.", "arm", "result"
        )
        self.answers = self._counter(
            "answers", "Predictions by where the answer comes from.", "arm", "source"
        )
        self.fallbacks = self._counter(
            "fallbacks",
            "Requests that an arm could not or would not answer, and another one was asked.",
            *("experiment", "arm", "cause"),
        )
        self.prefetches = self._counter(
            "prefetches", "Answers generated before they were asked for.", "arm"
        )
        self.cancellations = self._counter(
            "cancellations", "Predictions cut short, and how far they were.", "cause", "phase"
        )
        self.prompt_tokens = self._counter("prompt_tokens", "Tokens of prompts.", "arm")
        self.cached_prompt_tokens = self._counter(
            "cached_prompt_tokens", "Tokens of prompts that needed no prefill.", "arm"
        )
        self.generated_tokens = self._counter("generated_tokens", "Tokens of answers.", "arm")
        self.abandoned_tokens = Counter(
            "foretype_abandoned_tokens",
            "Tokens generated for answers that nobody waited for any longer.",
            registry=self.registry,
        )
        self.draft_tokens = self._counter("draft_tokens", "Tokens proposed by the drafter.", "arm")
        self.accepted_draft_tokens = self._counter(
            "accepted_draft_tokens", "Proposed tokens that the model agreed with.", "arm"
        )
        self.in_flight = Gauge(
            "foretype_predictions_in_flight",
            "Predictions that are being made.",
            registry=self.registry,
        )
        self.ready = Gauge(
            "foretype_ready", "1 once the model has answered a warm-up.", registry=self.registry
        )

    def _counter(self, name: str, description: str, *labels: str) -> Counter:
        return Counter(f"foretype_{name}", description, labels, registry=self.registry)

    def observe_stages(self, seconds: Mapping[str, float]) -> None:
        """Record how long each stage of one prediction took."""
        for stage, duration in seconds.items():
            self.stage_duration.labels(stage).observe(duration)

    def observe_generation(self, arm: str, stats: GenerationStats) -> None:
        """Record what one generation cost."""
        self.prompt_tokens.labels(arm).inc(stats.num_prompt_tokens)
        self.cached_prompt_tokens.labels(arm).inc(stats.num_cached_tokens)
        self.generated_tokens.labels(arm).inc(stats.num_generated_tokens)
        self.draft_tokens.labels(arm).inc(stats.num_draft_tokens)
        self.accepted_draft_tokens.labels(arm).inc(stats.num_accepted_tokens)
