"""A few kills of the real server; the benchmark does hundreds."""

from benchmarks.event_log.kills import kills


def test_nothing_answered_is_lost_or_there_twice() -> None:
    figures = kills(4)
    assert figures["kills"] == 4
    assert figures["reports_answered"] > 0
    assert (figures["lost"], figures["doubled"], figures["segments_not_whole"]) == (0, 0, 0)
