"""Changes by people: each of a state that they may not have seen."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from prompt_format import FORMATS
from rollout import RefusedChange
from rollout.desk import Action, RolloutDesk, Wish
from rollout.experiments.catalogue import Catalogue
from rollout.experiments.document import read_fields
from rollout.experiments.state import Status
from rollout.store.base import AuditEntry
from rollout.store.sqlite import SqliteRolloutStore

TREATMENTS = [{"key": key, "changes": {"temperature": t}} for key, t in (("a", 0.1), ("b", 0.2))]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteRolloutStore]:
    opened = SqliteRolloutStore(tmp_path / "rollout.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def desk(store: SqliteRolloutStore) -> RolloutDesk:
    """An experiment of two treatments that runs at 15 %."""
    desk = RolloutDesk(store, Catalogue(FORMATS))
    spec = {"key": "one", "salt": "one-1", "treatments": TREATMENTS}
    other = {"key": "other", "salt": "other-1", "treatments": TREATMENTS[:1]}
    desk.apply(read_fields({"version": 1, "experiments": [spec, other]}), "ann")
    desk.carry_out(Wish(Action.START, "one", "ann"))
    return desk


def promote(desk: RolloutDesk, to: float | None, treatment: str | None = None) -> None:
    desk.carry_out(Wish(Action.PROMOTE, "one", "ann", treatment=treatment, to=to))


def test_a_promotion_says_where_to(desk: RolloutDesk) -> None:
    with pytest.raises(RefusedChange, match=r"say to which share: the next stage is 0\.2$"):
        promote(desk, None)
    promote(desk, 0.2)
    assert desk.state().of("one").stage == 1


def test_a_promotion_that_is_repeated_is_made_once(desk: RolloutDesk) -> None:
    promote(desk, 0.2)
    with pytest.raises(RefusedChange, match=r"one is at 0\.2 already: the next stage is 1$"):
        promote(desk, 0.2)
    assert desk.state().of("one").stage == 1
    promote(desk, 1.0, "b")
    with pytest.raises(RefusedChange, match="one is promoted, not running"):
        promote(desk, 1.0, "b")


@pytest.mark.parametrize("to", [1.0, 0.0, 0.3, float("nan")])
def test_a_promotion_skips_nothing(desk: RolloutDesk, to: float) -> None:
    with pytest.raises(RefusedChange, match=r"one cannot go to .* now: the next stage is 0\.2$"):
        promote(desk, to)
    assert desk.state().of("one").stage == 0


def test_only_a_promotion_goes_anywhere(desk: RolloutDesk) -> None:
    with pytest.raises(RefusedChange, match="hold goes to no share"):
        desk.carry_out(Wish(Action.HOLD, "one", "ann", to=0.2))


def test_who_has_looked_at_the_state_need_not_say_where_to(desk: RolloutDesk) -> None:
    state = desk.state()
    desk.carry_out_at(state, Wish(Action.PROMOTE, "one", "controller"))
    assert desk.state().of("one").stage == 1


def test_the_history_says_which_treatment_it_was(desk: RolloutDesk) -> None:
    desk.carry_out(Wish(Action.ROLL_BACK, "one", "ann", treatment="a"))
    promote(desk, 0.2)
    promote(desk, 1.0)
    desk.carry_out(Wish(Action.ROLL_BACK, "one", "ann"))
    told = [(each.action, each.treatment) for each in desk.history(4)]
    assert told == [
        ("rollback", "b"),
        ("promote", "b"),
        ("promote", None),
        ("rollback", "a"),
    ]


def test_all_that_runs_is_rolled_back_at_once(desk: RolloutDesk) -> None:
    state = desk.kill("ann", ["the service is slow"])
    assert state.of("one").status is Status.ROLLED_BACK
    assert state.of("other").status is Status.DRAFT
    with pytest.raises(RefusedChange, match="nothing runs"):
        desk.kill("ann")


def test_what_was_noted_last(desk: RolloutDesk, store: SqliteRolloutStore) -> None:
    looked = AuditEntry(
        time=datetime.now(UTC),
        actor="controller",
        action="hold",
        experiment="one",
        reasons=("more users",),
        revision=desk.state().revision,
    )
    store.note(looked)
    noted = desk.noted_last()
    assert noted["one"] == looked
    assert "other" not in noted
