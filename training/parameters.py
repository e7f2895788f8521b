"""A stage's parameters as command-line options, made from the fields of its configuration."""

import argparse
import json
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from training.errors import RunError
from training.files.parsing import describe
from training.stage import StageConfig

Config = TypeVar("Config", bound=StageConfig)

NULL = "null"
"""What stands for no value, where a parameter may have none."""
EMPTY = "[]"
"""What stands for a list without elements, where the default has some."""


def add_parameters(parser: argparse.ArgumentParser, config: type[StageConfig]) -> None:
    """An option for every field of ``config``."""
    group = parser.add_argument_group("parameters")
    for name, field in config.model_fields.items():
        flag = option_of(name)
        settings: dict[str, Any] = {"dest": f"parameter:{name}", "default": argparse.SUPPRESS}
        kind = _kind(field.annotation)
        if kind == "flag":
            settings["action"] = argparse.BooleanOptionalAction
        else:
            settings["metavar"] = _metavar(field.annotation, kind)
            if kind == "list":
                settings["action"] = "append"
        group.add_argument(flag, help=_help(field, kind), **settings)


def option_of(name: str) -> str:
    """``num_samples`` is given as ``--num-samples``."""
    return "--" + name.replace("_", "-")


def given_parameters(arguments: argparse.Namespace, config: type[StageConfig]) -> dict[str, Any]:
    """What the command line says about the fields of ``config``. Raises ``RunError``."""
    given = vars(arguments)
    return {
        name: _value(name, field, given[f"parameter:{name}"])
        for name, field in config.model_fields.items()
        if f"parameter:{name}" in given
    }


def read_config(file: Path) -> dict[str, Any]:
    """The parameters in a YAML or JSON file. Raises ``RunError``."""
    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise RunError(f"{file} cannot be read: {type(error).__name__}") from None
    except yaml.YAMLError as error:
        place = getattr(error, "problem_mark", None)
        raise RunError(
            f"{file} is no YAML" + (f", line {place.line + 1}" if place else "")
        ) from None
    if not isinstance(found, dict):
        raise RunError(f"{file} has to hold parameters by name")
    return found


def build_config(config: type[Config], values: Mapping[str, Any]) -> Config:
    """``values`` checked. Raises ``RunError`` that names the wrong or missing parameters."""
    try:
        return config.model_validate(dict(values))
    except ValidationError as error:
        unknown = [each["loc"][0] for each in error.errors() if each["type"] == "extra_forbidden"]
        known = f"; parameters are: {', '.join(config.model_fields)}" if unknown else ""
        raise RunError(f"parameters: {describe(error)}{known}") from None


def parameter_arguments(config: StageConfig) -> list[str]:
    """The options that make ``config``, without those that have their default value."""
    arguments: list[str] = []
    for name, field in type(config).model_fields.items():
        value = getattr(config, name)
        if not field.is_required() and value == field.get_default(call_default_factory=True):
            continue
        arguments += _arguments(option_of(name), value, _kind(field.annotation))
    return arguments


def _arguments(flag: str, value: Any, kind: str) -> list[str]:
    if kind == "flag":
        return [flag if value else "--no-" + flag.removeprefix("--")]
    if kind == "list":
        return [f"{flag}={_text(each)}" for each in value] or [f"{flag}={EMPTY}"]
    return [f"{flag}={_text(value)}"]


def _text(value: Any) -> str:
    if value is None:
        return NULL
    if isinstance(value, BaseModel):
        return value.model_dump_json(exclude_defaults=True)
    return json.dumps(value) if isinstance(value, dict | list | tuple) else str(value)


def _kind(annotation: Any) -> str:
    """``flag``, ``list``, ``json`` (a table or a value in sections) or ``plain``."""
    annotation = _without_none(annotation)
    if annotation is bool:
        return "flag"
    if get_origin(annotation) in (tuple, list, set, frozenset):
        return "list"
    is_section = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    return "json" if is_section or get_origin(annotation) is dict else "plain"


def _without_none(annotation: Any) -> Any:
    if get_origin(annotation) not in (Union, types.UnionType):
        return annotation
    rest = [each for each in get_args(annotation) if each is not type(None)]
    return rest[0] if len(rest) == 1 else annotation


def _may_be_none(annotation: Any) -> bool:
    is_union = get_origin(annotation) in (Union, types.UnionType)
    return is_union and type(None) in get_args(annotation)


def _value(name: str, field: FieldInfo, given: Any) -> Any:
    kind = _kind(field.annotation)
    if given == NULL and _may_be_none(field.annotation):
        return None
    if kind == "list" and given == [EMPTY]:
        return []
    inner = _without_none(field.annotation)
    element = get_args(inner)[0] if kind == "list" and get_args(inner) else None
    if kind == "json":
        return _json(name, given)
    if kind == "list" and _kind(element) == "json":
        return [_json(name, each) for each in given]
    return given


def _json(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise RunError(f"{option_of(name)} takes JSON") from None


def _metavar(annotation: Any, kind: str) -> str:
    inner = _without_none(annotation)
    if kind == "list":
        inner = (get_args(inner) or ("VALUE",))[0]
    if get_origin(inner) is Literal:
        return "|".join(str(each) for each in get_args(inner))
    if kind == "json":
        return "JSON"
    return getattr(inner, "__name__", "value").upper()


def _help(field: FieldInfo, kind: str) -> str:
    parts = [field.description or ""]
    if kind == "list":
        parts.append("May be given several times.")
    if field.is_required():
        parts.append("Required.")
    else:
        default = field.get_default(call_default_factory=True)
        parts.append(f"[{_text(default) if default != '' else 'empty'}]")
    return " ".join(part for part in parts if part).replace("%", "%%")
