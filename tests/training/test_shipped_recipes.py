"""The recipes that ship: they can be planned, learn from nothing reserved, and leak nothing."""

from pathlib import Path

import pytest
import yaml

from training.eligibility.reserved import is_reserved
from training.recipe import read_recipe
from training.stages import find_stage

RECIPES = sorted((Path(__file__).parents[2] / "training" / "recipes").glob("*.yaml"))
ALL = pytest.mark.parametrize("file", RECIPES, ids=lambda file: file.stem)


def repositories(file: Path) -> dict[str, list[str]]:
    """The addresses that each ``synthesize`` step reads."""
    steps = yaml.safe_load(file.read_text())["steps"]
    return {
        step["id"]: [named.partition("=")[2] for named in step["parameters"]["repositories"]]
        for step in steps
        if step["stage"] == "synthesize"
    }


@ALL
def test_every_step_can_be_built(file: Path) -> None:
    recipe = read_recipe(file, {})
    assert recipe.steps
    for step in recipe.steps:
        known = find_stage(step.stage).config.model_fields
        assert set(step.parameters) <= set(known), step.id


@ALL
def test_no_repository_is_reserved_and_none_is_in_two_sets(file: Path) -> None:
    read = repositories(file)
    addresses = [address for each in read.values() for address in each]
    assert not [address for address in addresses if is_reserved(address)]
    assert len(set(addresses)) == len(addresses)


def test_the_first_student_learns_from_twenty_repositories() -> None:
    read = repositories(RECIPES[0].with_name("first-student.yaml"))
    assert len(read["learnt"]) >= 20
    assert len(read["held_out"]) >= 5
