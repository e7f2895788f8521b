"""The command line as a user types it, in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.training.inputs import settled_example
from training.commands import main, row_numbers
from training.errors import RunError
from training.files import to_line
from training.stages import STAGES


@pytest.fixture
def settled(tmp_path: Path) -> Path:
    path = tmp_path / "settled.jsonl"
    samples = ["total = price * count\n", "total = 0\n"]
    row = settled_example("a\ntotal^\n", "total\n", "total = price * counts\n", samples)
    path.write_bytes(to_line(row) * 3 + b"{broken\n")
    return path


def training_command(
    *arguments: str | Path, given: bytes = b""
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "training", *map(str, arguments)]
    done = subprocess.run(command, input=given, capture_output=True)
    return subprocess.CompletedProcess(
        command, done.returncode, done.stdout.decode(), done.stderr.decode()
    )


def test_a_stage_from_the_command_line(settled: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "out.jsonl"
    keep = ("--keep", "obvious", "--keep", "middle", "--keep", "noise")
    done = training_command("settle", settled, "-o", out, *keep)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("settle: 4 in, 3 out; 1 failed (invalid_row 1), see ")
    assert len(out.read_text().splitlines()) == 3
    again = training_command("settle", settled, "-o", out, *keep)
    assert again.returncode == 1
    assert "up to date" in again.stderr


def test_standard_input_and_compressed_output(settled: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl.zst"
    lines = b"".join(settled.read_bytes().splitlines(keepends=True)[:3])
    assert training_command("settle", "-", "-o", out, given=lines).returncode == 0
    back = tmp_path / "back.jsonl"
    assert training_command("settle", out, "-o", back, "--rows", "0-1").returncode == 0


def test_an_argument_that_is_no_unicode(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["settle", "in.jsonl", "-o", str(tmp_path / "out.jsonl"), "--name", "\udcff"]) == 2
    assert capsys.readouterr().err == "settle: argument 6 is no text in UTF-8\n"


def test_the_rerun_command_runs(settled: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    assert main(["settle", str(settled), "-o", str(out)]) == 1
    (failure,) = map(json.loads, (tmp_path / "out.jsonl.failed.jsonl").read_text().splitlines())
    command = failure["rerun"].split()
    assert command[:3] == ["python", "-m", "training"]
    assert main(command[3:]) == 1
    assert json.loads((tmp_path / "out-row-3.jsonl.failed.jsonl").read_text())["row"] == 3


def test_parameters_from_a_file_and_options_that_win(settled: Path, tmp_path: Path) -> None:
    config = tmp_path / "settle.yaml"
    config.write_text("keep: [noise]\nkeep_samples: true\n")
    out = tmp_path / "out.jsonl"
    options = ["--config", str(config), "--no-keep-samples", "--limit", "3"]
    assert main(["settle", str(settled), "-o", str(out), *options]) == 0
    parameters = json.loads((tmp_path / "out.jsonl.manifest.json").read_text())["parameters"]
    assert (parameters["keep"], parameters["keep_samples"]) == (["noise"], False)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["setle"], "setle: there is no stage 'setle'"),
        (["settle", "missing.jsonl", "-o", "OUT.jsonl"], "settle: there is no missing.jsonl"),
        (["settle", "IN", "-o", "OUT.txt"], "settle: settle writes rows"),
        (["settle", "IN", "-o", "OUT.jsonl", "--jobs", "0"], "settle: --offset, --limit and"),
        (["settle", "IN", "-o", "OUT.jsonl", "--rows", "a"], "settle: --rows takes numbers"),
        (["settle", "IN", "-o", "OUT.jsonl", "--obvious-up-to", "x"], "settle: parameters: "),
        (["settle", "IN", "-o", "OUT.jsonl", "--rows", "5-3"], "settle: --rows counts upwards"),
        (["settle", "IN", "-o", "OUT.jsonl", "--offset", "9" * 30], "settle: --offset, --limit"),
        (["settle", "IN", "-o", "IN/out.jsonl"], "File exists"),
        (["settle", "IN", "-o", "/proc/none/out.jsonl"], "settle: /proc/none: "),
        (["settle", "IN", "-o", "."], "settle: . is no name for an output"),
        (["zones", "IN", "-o", "/"], "zones: / is no name for an output"),
        (["zones", "IN", "-o", ".."], "zones: .. is no name for an output"),
        (["zones", "IN", "-o", "OUT", "--keep-samples"], "unrecognized arguments"),
    ],
)
def test_a_run_that_cannot_start_ends_with_one_line(
    arguments: list[str], message: str, settled: Path, tmp_path: Path
) -> None:
    places = {
        "IN": str(settled),
        "IN/out.jsonl": str(settled / "out.jsonl"),
        "OUT.jsonl": str(tmp_path / "out.jsonl"),
    }
    done = training_command(*(places.get(each, each) for each in arguments))
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_the_stages_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stages"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(STAGES)
    assert "cannot be loaded" not in "".join(lines)


def test_a_reader_that_has_seen_enough() -> None:
    command = f"{sys.executable} -m training stages | head -c 1"
    done = subprocess.run(command, shell=True, capture_output=True, check=True)
    assert (len(done.stdout), done.stderr) == (1, b"")


def test_without_arguments_the_usage_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert main(["--help"]) == 0
    assert "python -m training STAGE" in capsys.readouterr().out


def test_starting_up_loads_no_model_library() -> None:
    program = (
        "import sys, training.commands\n"
        "print(*{'torch', 'transformers', 'trl', 'ray'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.strip() == b""


def test_row_numbers() -> None:
    assert row_numbers("0,4-6, 9") == (0, 4, 5, 6, 9)
    for text in ("", "a", "1-", "-1", "1,,2", "5-3", "0-99999999999", "0-" + "9" * 30):
        with pytest.raises(RunError):
            row_numbers(text)
