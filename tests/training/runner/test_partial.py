"""The files of an unfinished run, at the moments between two steps."""

from pathlib import Path

import pytest

from training.files.fingerprints import Fingerprint
from training.runner.checkpoints import Checkpoint, OutputFiles, write_checkpoint
from training.runner.manifest import Manifest, read_manifest
from training.runner.partial import PartialOutput, finish_interrupted
from training.runner.values import Counts

KEY = "key"


def manifest(out: Path, output: Fingerprint) -> Manifest:
    return Manifest(
        stage="mark",
        version=1,
        parameters={},
        environment={},
        selection={},
        key=KEY,
        inputs=(),
        parameter_files=(),
        output=output,
        counts=Counts(num_in=3, num_out=2),
        seconds=1.0,
    )


def begun(out: Path, key: str = KEY) -> PartialOutput:
    return PartialOutput(out, key, ())


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Two rows at a checkpoint, one after it."""
    path = tmp_path / "out.jsonl"
    partial = begun(path)
    partial.append([b"1\n", b"2\n"], [b"failed\n"], 3)
    partial.checkpoint()
    partial.append([b"3\n"], [], 1)
    partial.close()
    return path


def test_what_was_written_after_the_checkpoint_is_cut_off(out: Path) -> None:
    assert OutputFiles(out).partial.read_bytes() == b"1\n2\n3\n"
    again = begun(out)
    assert again.state.num_steps == 3
    again.append([b"3\n"], [], 1)
    again.checkpoint()
    again.close()
    assert OutputFiles(out).partial.read_bytes() == b"1\n2\n3\n"
    assert OutputFiles(out).partial_failed.read_bytes() == b"failed\n"


def test_another_run_begins_anew(out: Path) -> None:
    other = begun(out, "other")
    assert other.state.num_steps == 0
    other.close()
    assert OutputFiles(out).partial.read_bytes() == b""


def test_a_forced_run_begins_anew(out: Path) -> None:
    again = PartialOutput(out, KEY, (), afresh=True)
    assert again.state.num_steps == 0
    again.close()


@pytest.mark.parametrize("damaged", ["partial", "partial_failed", "checkpoint"])
def test_files_that_do_not_fit_each_other_are_not_used(damaged: str, out: Path) -> None:
    getattr(OutputFiles(out), damaged).write_bytes(b"1")
    again = begun(out)
    assert again.state.num_steps == 0
    again.close()


@pytest.mark.parametrize("ending", [".jsonl", ".jsonl.zst"])
def test_a_kill_between_two_names_is_made_good(ending: str, tmp_path: Path) -> None:
    """At every moment while names are given: each of the files already has its own, or not yet."""
    expected: dict[str, bytes] | None = None
    for num_named in range(3):
        out = tmp_path / str(num_named) / f"out{ending}"
        out.parent.mkdir()
        partial, files = begun(out), OutputFiles(out)
        partial.append([b"1\n", b"2\n"], [b"failed\n"], 3)
        finished = manifest(out, partial.packed().model_copy(update={"modified_ns": 0}))
        finished = finished.model_copy(
            update={"output": finished.output.model_copy(update={"path": "out"})}
        )
        partial.close()
        write_checkpoint(files, Checkpoint(key=KEY, failed_bytes=7, finished=finished))
        for source, name in ((files.packed, out), (files.partial_failed, files.failed))[:num_named]:
            source.replace(name)
        finish_interrupted(out, KEY)
        found = {path.name: path.read_bytes() for path in out.parent.iterdir()}
        assert read_manifest(out) == finished
        assert sorted(found) == [
            f"out{ending}",
            f"out{ending}.failed.jsonl",
            f"out{ending}.manifest.json",
        ]
        expected = expected or found
        assert found == expected


def test_an_unfinished_run_is_left_alone(out: Path) -> None:
    finish_interrupted(out, KEY)
    assert not out.exists()
    assert OutputFiles(out).partial.exists()
