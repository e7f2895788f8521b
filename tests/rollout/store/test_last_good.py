"""The copy on the server's own disk."""

import stat
import threading
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from rollout.store.last_good import LastGood
from tests.rollout.store.entries import state_of


def test_what_was_kept_last_is_there(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "rollout.json"
    assert LastGood(path).load() is None
    LastGood(path).keep(state_of(1))
    LastGood(path).keep(state_of(2))
    assert LastGood(path).load() == state_of(2)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    "damaged",
    [b"", b"\x00" * 200, b"\xff{", b"[]", b'{"revision": "one"}', b"[" * 100_000],
)
def test_a_damaged_copy_is_as_absent(tmp_path: Path, damaged: bytes) -> None:
    path = tmp_path / "rollout.json"
    path.write_bytes(damaged)
    with capture_logs() as logs:
        assert LastGood(path).load() is None
    assert [record["exception"] for record in logs] == ["ValidationError"]
    LastGood(path).keep(state_of(1))
    assert LastGood(path).load() == state_of(1)


def test_a_torn_copy_is_as_absent(tmp_path: Path) -> None:
    path = tmp_path / "rollout.json"
    LastGood(path).keep(state_of(1))
    whole = path.read_bytes()
    for length in range(0, len(whole), 10):
        path.write_bytes(whole[:length])
        with capture_logs():
            assert LastGood(path).load() is None


def test_a_copy_that_cannot_be_written_or_read_is_only_logged(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "file" / "rollout.json", tmp_path / "folder"):
        with capture_logs() as logs:
            LastGood(path).keep(state_of(1))
            assert LastGood(path).load() is None
        assert [record["log_level"] for record in logs] == ["warning", "warning"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


def test_readers_see_whole_copies(tmp_path: Path) -> None:
    path = tmp_path / "rollout.json"
    LastGood(path).keep(state_of(0))

    def keep(start: int) -> None:
        for revision in range(start, start + 30):
            LastGood(path).keep(state_of(revision))

    threads = [threading.Thread(target=keep, args=(start,)) for start in (100, 200)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        found = LastGood(path).load()
        assert found is not None
        assert found == state_of(found.revision)
    assert list(tmp_path.iterdir()) == [path]
