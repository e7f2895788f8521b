import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.replay.__main__ import main
from benchmarks.replay.counters import Counted, counted_in
from benchmarks.replay.servers import running
from model import FakeEngine
from tests.training.history.repositories import AFTER, commit, shop

Serve = Callable[[FakeEngine], str]
QUICK = ["--keys", "5", "--speed", "50"]
PNG = b"\x89PNG"


@pytest.fixture
def history(tmp_path: Path) -> str:
    """A repository with a few changes to type."""
    folder = shop(tmp_path / "shop")
    for name in ("amount", "value", "sum_of_all"):
        commit(folder, {"cart.py": AFTER.replace("total", name)})
    return str(folder)


def kept(folder: Path) -> dict[str, Any]:
    report = json.loads((folder / "report.json").read_text())
    assert isinstance(report, dict)
    return report


def test_a_run_reports_figures_ratios_and_a_plot(
    serve: Serve, history: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ours, theirs = (f"native:{serve(FakeEngine())}" for _ in range(2))
    arguments = ["run", "--repository", history, "--servers", ours, theirs, "--baseline", theirs]
    assert main([*arguments, *QUICK, "--output", str(tmp_path)]) == 0
    said = capsys.readouterr()
    report = kept(tmp_path)
    assert json.dumps(report, indent=2) in said.out
    assert list(report["servers"]) == [ours, theirs]
    assert list(report["ratios"]) == [f"{ours} / {theirs}"]
    assert report["servers"][ours]["server_counted"]["generated_for_nothing"] == 0
    assert report["servers"][ours]["failed"] == {}
    assert [ours, theirs] in [line.split() for line in said.err.splitlines()]
    assert (tmp_path / "latency.png").read_bytes().startswith(PNG)


@pytest.mark.parametrize("over", ["events", "file-lines", "typists"])
def test_a_sweep_reports_growth(over: str, serve: Serve, history: str, tmp_path: Path) -> None:
    server = f"native:{serve(FakeEngine())}"
    values = {"events": ["0", "2"], "file-lines": ["30", "60"], "typists": ["1", "2"]}[over]
    arguments = ["sweep", "--over", over, "--values", *values, "--repository", history]
    assert main([*arguments, "--servers", server, *QUICK, "--output", str(tmp_path)]) == 0
    report = kept(tmp_path)
    assert list(report["growth"][server]) == values
    assert (tmp_path / f"{over}.png").read_bytes().startswith(PNG)


def test_a_search_reports_how_many_are_in_time(serve: Serve, history: str, tmp_path: Path) -> None:
    server = f"native:{serve(FakeEngine())}"
    arguments = ["search", "--most", "2", "--repository", history, "--servers", server]
    assert main([*arguments, *QUICK, "--output", str(tmp_path)]) == 0
    report = kept(tmp_path)
    assert 0 <= report["typists_in_time"][server] <= 2
    assert report["tried"][server]["1"]["keystrokes"] > 0


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--servers", "nobody"], "nobody is no server"),
        (["--servers", "llama-cpp"], "needs --peers-python"),
        (["--keys", "100000"], "too short"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(
    arguments: list[str], complaint: str, history: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "--repository", history, *QUICK, *arguments]) == 1
    assert complaint in capsys.readouterr().err


def test_a_server_started_by_somebody_else_is_only_asked() -> None:
    with running("sweep:http://127.0.0.1:9", None) as server:
        assert server.process is None and server.protocol.client_closes


def test_a_server_that_does_not_start_is_left_out(
    history: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FORETYPE_MODEL_ENGINE", "nonsense")
    arguments = ["run", "--repository", history, "--output", str(tmp_path)]
    assert main([*arguments, *QUICK]) == 0
    assert "foretype: the program ended with" in capsys.readouterr().err
    assert kept(tmp_path)["servers"] == {}


def test_a_servers_counters_are_summed_over_arms() -> None:
    page = "".join(
        f'# TYPE foretype_{name} counter\nforetype_{name}_total{{arm="a"}} {value}\n'
        f'foretype_{name}_total{{arm="b"}} 1\nforetype_{name}_created{{arm="a"}} 1e9\n'
        for name, value in {
            "prompt_tokens": 99,
            "cached_prompt_tokens": 89,
            "generated_tokens": 19,
            "accepted_draft_tokens": 9,
        }.items()
    )
    found = counted_in(page)
    assert found == Counted(prefilled=10, generated=20, steps=10)
    assert found.since(Counted(1, 2, 3)) == Counted(9, 18, 7)
    assert counted_in("# TYPE other gauge\nother 1\n") is None
