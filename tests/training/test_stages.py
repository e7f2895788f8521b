from pathlib import Path

import pytest

import training.stages
from training.errors import RunError
from training.stages import STAGES, find_stage


def test_every_file_of_the_package_is_a_stage_of_the_list() -> None:
    files = {path.stem for path in Path(training.stages.__path__[0]).glob("*.py")}
    assert files - {"__init__"} == set(STAGES)
    assert len(set(STAGES)) == len(STAGES)


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_is_called_like_its_file(name: str) -> None:
    stage = find_stage(name)
    assert stage.name == name
    assert stage.summary and not stage.summary.endswith(".")


def test_an_unknown_stage_is_answered_with_the_list() -> None:
    with pytest.raises(RunError, match=r"no stage 'setle'; stages are: .*settle"):
        find_stage("setle")
