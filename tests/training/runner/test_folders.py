from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.training.runner.small_stages import COPY, NAMES, SmallConfig, write_rows
from training.errors import RunError
from training.files.inputs import InputFile
from training.files.reading import RowReader
from training.runner import RunOptions, run_stage

CONFIG = SmallConfig()


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """The copy of a folder that has changed since."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a").write_text("a")
    run_stage(COPY, CONFIG, [str(folder)], tmp_path / "out")
    (folder / "a").write_text("b")
    return tmp_path / "out"


def copy(out: Path, **options: bool) -> None:
    run_stage(COPY, CONFIG, [str(out.with_name("in"))], out, RunOptions(**options))


def found(out: Path) -> Sequence[str]:
    return sorted(path.name for path in out.parent.iterdir())


def test_an_earlier_output_is_replaced_and_leaves_nothing(out: Path) -> None:
    names = found(out)
    copy(out)
    assert (out / "a").read_text() == "b"
    assert found(out) == names


def test_a_stage_that_fails_leaves_the_earlier_output(out: Path) -> None:
    (out.with_name("in") / "refuse").touch()
    with pytest.raises(RunError, match="refuse is not copied"):
        copy(out)
    assert (out / "a").read_text() == "a"


def test_another_stages_output_is_not_replaced_unless_forced(out: Path, tmp_path: Path) -> None:
    names = tmp_path / "names"
    rows = write_rows(tmp_path / "rows.jsonl", ["row-0"])
    run_stage(NAMES, CONFIG, [str(rows)], names)
    with pytest.raises(RunError, match="is of names; name another folder"):
        run_stage(COPY, CONFIG, [str(out)], names)
    assert (names / "names.txt").read_text() == "row-0"
    run_stage(COPY, CONFIG, [str(out)], names, RunOptions(force=True))
    assert (names / "a").read_text() == "a"


def test_rows_that_are_taken_are_counted(tmp_path: Path) -> None:
    file = write_rows(tmp_path / "rows.jsonl", ["row-0", "row-1", "row-2"])
    reader = RowReader([InputFile(file, str(file), "lines")])
    taken = reader.counted(iter(reader))
    next(taken), next(taken)
    assert reader.num_counted == 2
