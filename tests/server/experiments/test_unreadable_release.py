"""A release that the system cannot read: refused in words, and no other experiment's concern."""

from pathlib import Path

from prompt_format import FORMATS
from rollout import ExperimentsConfig
from rollout.desk import Action, RolloutDesk, Wish
from rollout.experiments.catalogue import Catalogue
from rollout.experiments.document import read_fields
from rollout.store.opening import open_store
from server.settings import Settings
from tests.server.conftest import MakeClient
from tests.server.experiments.conftest import (
    TREATMENT,
    OpenOperator,
    Operator,
    document,
)

TOO_LONG = "n" * 300
UNREADABLE = {"key": "treatment", "changes": {"release": TOO_LONG}}


async def test_a_document_that_names_it_is_refused(open_operator: OpenOperator) -> None:
    async with open_operator() as operator:
        answer = await operator.apply(document(treatments=[UNREADABLE]))
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (422, "invalid_document")
        assert "cannot be read: File name too long" in error["message"]


async def test_another_experiment_is_taken_back_all_the_same(
    make_client: MakeClient, tmp_path: Path
) -> None:
    store = str(tmp_path / "rollout.sqlite")
    desk = RolloutDesk(open_store(store), Catalogue(FORMATS))
    shared = {"stages": [0.5, 1.0]}
    specs = [
        {"key": "models", "salt": "m", "treatments": [UNREADABLE], "layer_share": [0, 0.5]},
        {"key": "formats", "salt": "f", "treatments": [TREATMENT], "layer_share": [0.5, 1]},
    ]
    fields = {"version": 1, "experiments": [spec | shared for spec in specs]}
    desk.apply(read_fields(fields), "test")
    for spec in specs:
        desk.carry_out(Wish(Action.START, str(spec["key"]), "test"))
    settings = Settings(experiments=ExperimentsConfig(store=store))
    async with make_client(None, settings) as client:
        operator = Operator(client)
        assert set(await operator.arms()) == {
            "formats control",
            "formats treatment",
            "stable control",
        }
        desk.carry_out(Wish(Action.ROLL_BACK, "formats", "test"))
        await operator.until_revision(4)
        assert set(await operator.arms()) == {"stable control"}
        problems = (await client.http.get("/v1/models")).json()["problems"]
        assert "cannot be read: File name too long" in problems[TOO_LONG]
