"""Real disks that are full or stall: nothing is lost that was acknowledged, nothing waits for ever.

Skipped where mounting is not permitted.
"""

from concurrent.futures import TimeoutError as Late
from pathlib import Path

import pytest

from eventlog.checking import check
from eventlog.segments import LogUnavailable, RecordClass
from tests.eventlog.segments.conftest import OpenLog, line
from tests.eventlog.segments.filesystems import disk_that_stalls, small_disk, stalled
from tests.eventlog.segments.test_log import numbers


def test_a_full_disk(open_log: OpenLog, tmp_path: Path) -> None:
    """What was acknowledged before stays; once there is room again, all goes on."""
    with small_disk(tmp_path / "disk", 256 << 10) as disk:
        ballast = disk / "ballast"
        ballast.write_bytes(b"x" * (64 << 10))
        log = open_log(disk / "log")
        acknowledged = []
        for number in range(1000):
            try:
                log.append([line(number, pad=1000)]).result(timeout=10)
            except LogUnavailable as error:
                assert "disk_full" in str(error)
                break
            acknowledged.append(number)
        assert 50 < len(acknowledged) < 300
        log.offer(line(-1, RecordClass.COUNTS, pad=5000))
        with pytest.raises(LogUnavailable):
            log.append([line(-2, pad=5000)]).result(timeout=10)
        assert numbers(disk / "log") == acknowledged
        ballast.unlink()
        log.append([line(1000)]).result(timeout=10)
        log.stop()
        assert numbers(disk / "log") == [*acknowledged, 1000]
        assert {report.problem for report in check(disk / "log")} == {None}
        assert log.stats.num_dropped["counts", "disk_full"] == 3


def test_a_disk_that_stalls(open_log: OpenLog, tmp_path: Path) -> None:
    """Offering goes on at once until the queue is full; what waits is written when it can be."""
    with disk_that_stalls(tmp_path / "disk") as disk:
        log = open_log(disk / "log", max_queue_bytes=100_000)
        log.append([line(0)]).result(timeout=10)
        with stalled(disk):
            waiting = log.append([line(1)])
            with pytest.raises(Late):
                waiting.result(timeout=0.5)
            taken = [log.offer(line(number, pad=1000)) for number in range(2, 202)]
            assert 50 < sum(taken) < 100
            assert log.lag_seconds > 0.4
            assert log.stats.num_dropped["counts", "queue_full"] == 200 - sum(taken)
            with pytest.raises(LogUnavailable):
                log.append([line(900, pad=99_000)])
        waiting.result(timeout=30)
        log.stop()
        assert numbers(disk / "log") == list(range(2 + sum(taken)))
