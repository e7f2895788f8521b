import subprocess
import sys
import threading
from pathlib import Path

import pytest

from training.cache import AnswerCache, request_key

REQUEST = {"model": "m", "messages": [{"role": "user", "text": "é"}], "temperature": 0.5}


def test_an_answer_is_kept_between_runs(tmp_path: Path) -> None:
    first = AnswerCache(tmp_path / "answers.sqlite")
    assert first.get(REQUEST) is None
    first.put(REQUEST, {"text": "ü\n", "num_tokens": 3})
    first.close()

    second = AnswerCache(tmp_path / "answers.sqlite")
    assert second.get(REQUEST) == {"text": "ü\n", "num_tokens": 3}
    assert (first.num_hits, first.num_misses) == (0, 1)
    assert (second.num_hits, second.num_misses) == (1, 0)
    second.close()


@pytest.mark.parametrize(
    "other",
    [
        {**REQUEST, "model": "n"},
        {**REQUEST, "temperature": 0.25},
        {**REQUEST, "messages": [{"role": "system", "text": "é"}]},
        {**REQUEST, "repetition": 1},
        {},
    ],
)
def test_whatever_differs_is_another_request(other: dict[str, object]) -> None:
    assert request_key(other) != request_key(REQUEST)


def test_the_order_of_fields_means_nothing() -> None:
    assert request_key(dict(reversed(REQUEST.items()))) == request_key(REQUEST)


def test_what_is_no_json_is_no_request(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        request_key({"path": tmp_path})
    with pytest.raises(ValueError):
        request_key({"temperature": float("nan")})


def test_a_later_answer_replaces_the_earlier(tmp_path: Path) -> None:
    cache = AnswerCache(tmp_path / "answers.sqlite")
    cache.put(REQUEST, {"text": "old"})
    cache.put(REQUEST, {"text": "new"})
    assert cache.get(REQUEST) == {"text": "new"}
    cache.close()


def test_processes_and_threads_share_a_file(tmp_path: Path) -> None:
    path = tmp_path / "answers.sqlite"
    program = (
        "import sys; from pathlib import Path; from training.cache import AnswerCache\n"
        "cache = AnswerCache(Path(sys.argv[1]))\n"
        "for at in range(200): cache.put({'from': sys.argv[2], 'number': at}, {'n': at})"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", program, str(path), name]) for name in ("a", "b")
    ]
    cache = AnswerCache(path)

    def put(name: str) -> None:
        for number in range(100):
            cache.put({"from": name, "number": number}, {"n": number})

    threads = [threading.Thread(target=put, args=(name,)) for name in ("c", "d")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [writer.wait() for writer in writers] == [0, 0]
    for name, count in {"a": 200, "b": 200, "c": 100, "d": 100}.items():
        assert all(cache.get({"from": name, "number": at}) == {"n": at} for at in range(count))
    cache.close()


def test_a_cache_of_another_layout_is_refused(tmp_path: Path) -> None:
    import sqlite3

    path = tmp_path / "answers.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version=99")
    connection.close()
    with pytest.raises(ValueError, match="layout 99"):
        AnswerCache(path)
