"""What recording costs, and what the log bears.

    python -m benchmarks.event_log path      what a prediction pays for being recorded and watched
    python -m benchmarks.event_log write     records a second into segments
    python -m benchmarks.event_log stats     figures of 1, 4 and 10 million records
    python -m benchmarks.event_log secrets   time of the secret scan on the standard library

``--records N`` changes the amount. Every figure comes from one run; ``path`` takes turns between
recording and not.
"""

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from prometheus_client import CollectorRegistry
from ulid import ULID

from benchmarks.running import Caller, free_port, milliseconds, percentile, program
from benchmarks.server_overhead import NUM_WARM_UP, body
from eventlog import OutcomeRecord
from eventlog.encoding import encode
from eventlog.lines import checked_line
from eventlog.opening import open_keys, segments_of
from eventlog.privacy.secrets import default_scanner
from eventlog.segments import Line, RecordClass, SegmentLog
from model import GenerationStats
from prompt_format import Edit, TextRange
from rollout import Assigner, RolloutConfig, stable_experiment
from server.data import DataConfig, build_data
from server.predictions import Ask, Prediction
from server.predictions.values import Region, Source
from server.wire.predict import PredictRequest
from server.wire.to_domain import receive

USER = "benchmark"
ADMIN_TOKEN = "token-of-the-benchmark"
PAUSES = {"50 predictions a second": 0.02, "one after another": 0.0}
PART_CHARS = 10_000
STATS_SIZES = (1_000_000, 4_000_000, 10_000_000)


def path(num_records: int) -> dict[str, Any]:
    """Two servers on the fake engine, called in turn: one records everything, one nothing.

    And what the service itself pays in a call: the two notes that it hands over, in microseconds.
    """
    with tempfile.TemporaryDirectory() as folder:
        http = _http(num_records, Path(folder))
    handed_over = {}
    for name, pause in PAUSES.items():
        with tempfile.TemporaryDirectory() as folder:
            calls = asyncio.run(_calls(num_records, Path(folder), pause))
        handed_over[name] = {part: _microseconds(values) for part, values in calls.items()}
    return {"http": http, "handed_over_us": handed_over}


def _http(num_requests: int, folder: Path) -> dict[str, Any]:
    recording, plain = free_port(), free_port()
    settings = {
        "FORETYPE_DATA_FOLDER": str(folder / "data"),
        "FORETYPE_DATA_ADMIN_TOKEN": ADMIN_TOKEN,
    }
    fake = {"FORETYPE_MODEL_ENGINE": "fake"}
    with (
        program(
            ["-m", "server"],
            recording,
            "/readyz",
            FORETYPE_SERVER_PORT=str(recording),
            **fake,
            **settings,
        ),
        program(["-m", "server"], plain, "/readyz", FORETYPE_SERVER_PORT=str(plain), **fake),
    ):
        _consent(recording)
        callers = {"recording": Caller(recording), "plain": Caller(plain)}
        payload = _payload()
        seconds: dict[str, list[float]] = {name: [] for name in callers}
        for number in range(NUM_WARM_UP + num_requests):
            for name, caller in callers.items():
                spent, _answer = caller.timed("/v1/predict", payload)
                if number >= NUM_WARM_UP:
                    seconds[name].append(spent)
    return {name: milliseconds(values) for name, values in seconds.items()}


def _consent(port: int) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as http:
        http.put(
            f"/v1/users/{USER}/consents",
            json={"project": "*", "policy_version": "1"},
            headers={"authorization": f"Bearer {ADMIN_TOKEN}"},
        ).raise_for_status()


def _payload() -> bytes:
    request = json.loads(body())
    request |= {"can_collect_data": True, "in_open_source_repo": True, "user": USER}
    return json.dumps(request).encode()


async def _calls(num_calls: int, folder: Path, pause: float) -> dict[str, list[float]]:
    """Seconds that the event loop spends on the notes of one prediction.

    ``nothing`` are two calls that do nothing, at the same moments: what the clock itself sees.
    """
    config = DataConfig(folder=folder, admin_token=ADMIN_TOKEN)
    data = build_data(config, CollectorRegistry())
    data.start()
    assert data.desk is not None
    await data.desk.consents.grant(USER, "*", "1", "benchmark", None)
    payload = _payload()
    seconds: dict[str, list[float]] = {"recording": [], "nothing": []}
    for number in range(num_calls):
        # What a request does before, so that the processor is as awake as it then is.
        request = PredictRequest.model_validate_json(payload)
        ask = receive(request, str(number), time.monotonic() + 60).ask
        prediction = _prediction(ask)
        for name, follower in (("nothing", _Nobody()), ("recording", data.follower)):
            started = time.perf_counter()
            follower.asked(ask)
            follower.answered(ask, prediction)
            seconds[name].append(time.perf_counter() - started)
        await asyncio.sleep(pause)
    await asyncio.to_thread(data.stop)
    return seconds


class _Nobody:
    """A follower that does nothing."""

    def asked(self, ask: Ask) -> None:
        pass

    def gave_up(self, ask: Ask) -> None:
        pass

    def answered(self, ask: Ask, prediction: Prediction) -> str:
        return ""


def _prediction(ask: Ask) -> Prediction:
    assignment = Assigner(stable_experiment(RolloutConfig())).assign(USER)
    cursor = ask.prompt_input.cursor_offset_in_excerpt
    at = TextRange(start=cursor, end=cursor)
    return Prediction(
        request_id=ask.request_id,
        assignment=assignment,
        model_version="m1",
        edit=Edit(at, "total += 1\n", None),
        reason=None,
        region=Region(at, ""),
        stats=GenerationStats(),
        seconds={"total": 0.1},
        source=Source.MODEL,
        output="total += 1\n",
    )


def write(num_records: int) -> dict[str, Any]:
    """Best-effort lines, and acknowledged ones from many writers; records a second."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        keys = open_keys(data)
        record = _outcome()
        started = time.perf_counter()
        for _each in range(num_records // 10):
            encode(record, keys)
        encoding = num_records / 10 / (time.perf_counter() - started)
        log = SegmentLog(data / "log")
        log.start()
        line = encode(record, keys)
        started = time.perf_counter()
        offered = 0
        while offered < num_records:
            if log.offer(line):
                offered += 1
            else:
                time.sleep(0.001)
        log.append([line]).result()
        best_effort = num_records / (time.perf_counter() - started)
        started = time.perf_counter()
        for _each in range(num_records // 1000):
            waits = [log.append([line]) for _one in range(1000)]
            for wait in waits:
                wait.result()
        acknowledged = num_records / (time.perf_counter() - started)
        started = time.perf_counter()
        for _each in range(num_records // 10):
            while not log.offer(encode(record, keys)):
                time.sleep(0.001)
        log.append([line]).result()
        both = num_records / 10 / (time.perf_counter() - started)
        log.stop()
        dropped = sum(log.stats.num_dropped.values())
    return {
        "line_bytes": len(line.data),
        "encoded_per_second": round(encoding),
        "offered_per_second": round(best_effort),
        "acknowledged_per_second_1000_writers": round(acknowledged),
        "encoded_and_offered_per_second": round(both),
        "refused_by_the_full_queue_and_offered_again": dropped,
    }


def _outcome() -> OutcomeRecord:
    return OutcomeRecord(
        event_id=str(ULID()),
        time=datetime.now(UTC),
        user=USER,
        prediction_id="x" * 59,
        outcome="accepted",
        experiment="stable",
        arm="control",
        prompt_format="foretype-span",
        model_version="04cb5e55f3a0",
        config_version="abcdefgh",
    )


def stats(num_records: int) -> dict[str, Any]:
    """Seconds and peak memory of ``python -m eventlog stats``; each size in a fresh process."""
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        for size in (each for each in STATS_SIZES if each <= num_records):
            log_folder = Path(folder) / str(size)
            _write_records(log_folder, size)
            started = time.perf_counter()
            command = [sys.executable, "-m", "eventlog", "stats", str(log_folder)]
            shown = subprocess.run(command, capture_output=True, text=True, check=True)
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
            rows = [json.loads(line) for line in shown.stdout.splitlines()]
            figures[f"{size:,}"] = {
                "seconds": round(time.perf_counter() - started, 2),
                "peak_memory_mb": round(peak / 2**20),
                "packed_mb": round(sum(p.stat().st_size for p in segments_of(log_folder)) / 2**20),
                "counted": sum(row["predictions"] + row["settled"] for row in rows),
            }
    return figures


def _write_records(folder: Path, count: int) -> None:
    """Predictions with sealed words and their settled states, of fifty thousand users."""
    log = SegmentLog(folder)
    log.start()
    words = "Q" * 600
    for number in range(count):
        kind = b"prediction" if number % 2 else b"settled"
        more = (
            b'"seconds":{"total":0.%d},"sealed":"%b"' % (number % 900 + 100, words.encode())
            if number % 2
            else b'"counts":{"kept_bytes":%d,"correctly_deleted_bytes":0,"candidate_new_bytes":9,'
            b'"candidate_deleted_bytes":1,"reference_new_bytes":9,"reference_deleted_bytes":0,'
            b'"discarded_bytes":1}' % (number % 9)
        )
        fields = (
            b'{"schema_version":1,"event_id":"01%024X","time":"2026-11-23T22:00:00Z",'
            b'"user":"u%020x","experiment":"e","arm":"%b","kind":"%b",%b}'
            % (number, number * 7919 % 50_000, b"ab"[number % 2 :][:1], kind, more)
        )
        line = Line(checked_line(fields), RecordClass.COUNTS)
        while not log.offer(line):
            time.sleep(0.001)
    log.stop()


def secrets(_num_records: int) -> dict[str, Any]:
    """Every part of ten thousand characters of the standard library, each scanned once."""
    scanner = default_scanner()
    scanner.scan("warm up")
    seconds, num_hits = [], 0
    for file in sorted(Path(sysconfig.get_path("stdlib")).glob("*.py")):
        text = file.read_text(errors="replace")
        for start in range(0, len(text), PART_CHARS):
            part = text[start : start + PART_CHARS]
            started = time.perf_counter()
            num_hits += bool(scanner.scan(part))
            seconds.append((time.perf_counter() - started) * PART_CHARS / len(part))
    return {"parts": len(seconds), "with_a_hit": num_hits, **milliseconds(seconds)}


def _microseconds(seconds: Sequence[float]) -> dict[str, float]:
    shares = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
    return {name: round(percentile(seconds, share) * 1e6, 1) for name, share in shares.items()}


WORK: dict[str, tuple[Callable[[int], dict[str, Any]], int]] = {
    "path": (path, 2000),
    "write": (write, 200_000),
    "stats": (stats, 10_000_000),
    "secrets": (secrets, 0),
}


def main() -> None:
    """Print the figures of one kind as JSON."""
    parser = argparse.ArgumentParser("python -m benchmarks.event_log")
    parser.add_argument("kind", choices=WORK)
    parser.add_argument("--records", type=int)
    options = parser.parse_args()
    measure, usual = WORK[options.kind]
    print(json.dumps(measure(options.records or usual), indent=2))


if __name__ == "__main__":
    main()
