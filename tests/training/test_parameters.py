import argparse
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field

from training.errors import RunError
from training.parameters import (
    add_parameters,
    build_config,
    given_parameters,
    parameter_arguments,
    read_config,
)
from training.stage import StageConfig
from training.stages import STAGES, find_stage


class Price(BaseModel):
    per_token: float = 0.0


class AllKinds(StageConfig):
    model: Path = Field(description="The model, 100 % of it.")
    num_samples: int = Field(default=3, ge=1)
    temperature: float | None = 0.5
    is_quiet: bool = False
    mode: Literal["near", "far"] = "near"
    words: tuple[str, ...] = ("a",)
    sizes: tuple[int, ...] = ()
    price: Price = Price()
    body: dict[str, Any] = Field(default_factory=dict)


def parse(*arguments: str) -> AllKinds:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    add_parameters(parser, AllKinds)
    return build_config(AllKinds, given_parameters(parser.parse_args(arguments), AllKinds))


def test_every_kind_of_field_is_an_option() -> None:
    config = parse(
        *("--model", "m", "--num-samples", "5", "--temperature=null", "--is-quiet"),
        *("--mode", "far", "--words=x", "--words=--y", "--sizes", "4", "--sizes", "5"),
        *("--price", '{"per_token": 2}', "--body", '{"k": [1, null]}'),
    )
    assert config == AllKinds(
        model=Path("m"),
        num_samples=5,
        temperature=None,
        is_quiet=True,
        mode="far",
        words=("x", "--y"),
        sizes=(4, 5),
        price=Price(per_token=2),
        body={"k": [1, None]},
    )


def test_what_is_not_given_has_its_default() -> None:
    assert parse("--model=m") == AllKinds(model=Path("m"))


@pytest.mark.parametrize(
    "config",
    [
        AllKinds(model=Path("a b")),
        AllKinds(model=Path("-m"), num_samples=1, temperature=None, is_quiet=True, mode="far"),
        AllKinds(model=Path("m"), words=("--x", "é"), sizes=(1,), price=Price(per_token=0.5)),
        AllKinds(model=Path("m"), body={"a": {"b": None}}),
        AllKinds(model=Path("m"), words=()),
    ],
)
def test_the_command_line_of_a_configuration_makes_it_again(config: AllKinds) -> None:
    assert parse(*parameter_arguments(config)) == config


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "model: Field required"),
        ({"model": "m", "num_samples": 0}, "num_samples: Input should be greater"),
        ({"model": "m", "nmae": 1}, "nmae: .*; parameters are: model, num_samples"),
    ],
)
def test_wrong_parameters_are_named(values: dict[str, Any], message: str) -> None:
    with pytest.raises(RunError, match=message):
        build_config(AllKinds, values)


def test_a_broken_table_is_named() -> None:
    for text in ("{oops", "[" * 100_000):
        with pytest.raises(RunError, match="--body takes JSON"):
            parse("--model=m", f"--body={text}")


@pytest.mark.parametrize("text", ["model: m\nsizes: [1, 2]\n", '{"model": "m", "sizes": [1, 2]}'])
def test_parameters_from_a_file(text: str, tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(text)
    assert build_config(AllKinds, read_config(file)).sizes == (1, 2)


@pytest.mark.parametrize(
    ("text", "message"), [("- a\n", "by name"), ("a: [\n", "no YAML, line 2"), ("", "by name")]
)
def test_a_file_without_parameters_is_refused(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(text)
    with pytest.raises(RunError, match=message):
        read_config(file)
    with pytest.raises(RunError, match="cannot be read"):
        read_config(tmp_path / "missing.yaml")


@pytest.mark.parametrize("name", STAGES)
def test_no_parameter_of_a_stage_is_also_an_option_of_the_run(name: str) -> None:
    from training.commands import stage_parser

    stage = find_stage(name)
    text = stage_parser(stage).format_help()
    assert all(f"--{field.replace('_', '-')}" in text for field in stage.config.model_fields)
