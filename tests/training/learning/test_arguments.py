"""The command line: every parameter, checked before anything is loaded."""

from pathlib import Path

import pytest

from training.errors import RunError
from training.learning.arguments import parsed
from training.learning.train import main


def test_options_override_the_file(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text('{"model": "base", "epochs": 3, "lora_rank": 4}')
    options = ["--epochs", "0.5", "--lora-targets", "q_proj,v_proj", "--max-steps", "none"]
    packed, out, config = parsed(["data", "-o", "out", "--config", str(file), *options])
    assert (packed, out) == (Path("data"), Path("out"))
    assert (config.model, config.epochs, config.lora_rank) == (Path("base"), 0.5, 4)
    assert config.lora_targets == ("q_proj", "v_proj")
    assert config.max_steps is None
    assert config.tracker == "none"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--model", "m", "--epochs", "0"], "--epochs"),
        (["--epochs", "1"], "--model"),
        (["--config", "absent.json"], "absent.json"),
    ],
)
def test_a_wrong_option_is_named(options: list[str], message: str) -> None:
    with pytest.raises(RunError, match=message):
        parsed(["data", "-o", "out", *options])


def test_an_error_is_one_line_and_an_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path), "-o", str(tmp_path / "out"), "--model", "m"]) == 1
    assert capsys.readouterr().err == f"train: {tmp_path} holds no packed rows; run pack first\n"
