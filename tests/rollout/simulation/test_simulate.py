"""The policy over synthetic users, in small. ``benchmarks/RESULTS.md`` has it in full."""

import subprocess
import sys
from pathlib import Path

import pytest

from rollout.judge.guardrails import DEFAULT_GUARDRAILS
from rollout.judge.judgement import Demands
from rollout.simulation.population import Effects, Population
from rollout.simulation.report import draw, table
from rollout.simulation.scenarios import Row, Scenario, simulate

STAGES = (0.15, 0.2, 1.0)
SMALL = Population(num_users=8000, num_days=40)
SCENARIOS = (
    Scenario("equal", Effects(), is_watched=True),
    Scenario("worse", Effects(kept=-0.05)),
    Scenario("margin", Effects(kept=-0.02)),
    Scenario("better", Effects(kept=0.06)),
    Scenario("slower", Effects(slow=0.05)),
    Scenario("failing", Effects(failed=0.02)),
)


@pytest.fixture(scope="module")
def rows() -> dict[tuple[str, str], Row]:
    found = simulate(SMALL, Demands(DEFAULT_GUARDRAILS), STAGES, 24, 2, SCENARIOS)
    return {(row.scenario, row.judge): row for row in found}


def test_equal_arms_are_left_alone_where_a_z_test_sees_harm(
    rows: dict[tuple[str, str], Row],
) -> None:
    assert rows["equal", "ours"].rolled_back <= 3 / 24
    assert rows["equal", "z-test of users"].rolled_back > 0.5
    assert rows["equal", "z-test of predictions"].rolled_back > 0.9


@pytest.mark.parametrize("scenario", ["worse", "slower", "failing"])
def test_worse_is_rolled_back(rows: dict[tuple[str, str], Row], scenario: str) -> None:
    row = rows[scenario, "ours"]
    assert row.rolled_back == 1.0
    assert row.median_days < 15


def test_worse_by_the_margin_is_not_promoted(rows: dict[tuple[str, str], Row]) -> None:
    assert rows["margin", "ours"].promoted == 0.0


def test_better_is_promoted(rows: dict[tuple[str, str], Row]) -> None:
    assert rows["better", "ours"].promoted > 0.7
    assert rows["better", "ours"].rolled_back <= 2 / 24


def test_shares_are_of_all_runs(rows: dict[tuple[str, str], Row]) -> None:
    for row in rows.values():
        assert row.rolled_back + row.promoted + row.held == pytest.approx(1.0)
        assert len(row.days) == row.num_runs == 24


def test_a_seed_is_a_run() -> None:
    def once() -> list[Row]:
        demands = Demands(DEFAULT_GUARDRAILS)
        tiny = Population(num_users=2000, num_days=10)
        return list(simulate(tiny, demands, STAGES, 4, 1, SCENARIOS[:2]))

    assert once() == once()


def test_a_table_and_pictures(rows: dict[tuple[str, str], Row], tmp_path: Path) -> None:
    lines = table(rows.values()).splitlines()
    assert len(lines) == 1 + len(rows)
    assert lines[0].startswith("scenario")
    for path in draw(list(rows.values()), tmp_path / "pictures"):
        assert path.read_bytes().startswith(b"\x89PNG")


def test_from_the_command_line(tmp_path: Path) -> None:
    document = tmp_path / "rollout.yaml"
    document.write_text(
        "version: 1\n"
        "experiments: [{key: e, salt: e, treatments: [{key: t, changes: {}}], stages: [0.3, 1]}]\n"
    )
    command = [sys.executable, "-m", "rollout", "simulate", str(document)]
    sizes = ["--runs", "2", "--users", "1500", "--days", "6"]
    done = subprocess.run([*command, "e", *sizes], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "5 points worse" in done.stdout
    unknown = subprocess.run([*command, "f", *sizes], capture_output=True, text=True, check=False)
    assert (unknown.returncode, "has no experiment f" in unknown.stderr) == (2, True)
    document.write_text("version: 1\nexperiments: 3\n")
    refused = subprocess.run([*command, "e", *sizes], capture_output=True, text=True, check=False)
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
