"""``recipe FILE.yaml``: a whole experiment as one file; what has not changed is not run again.

::

    name: first-student
    workdir: work/first-student
    seed: 17
    variables: {model: models/base}
    steps:
      - id: examples
        stage: synthesize
        parameters: {repositories: [repositories/shop], seed: "${seed}"}
      - id: rows
        stage: format
        inputs: [examples]
        parameters: {tokenizer: "${model}/tokenizer.json"}

An input is the id of an earlier step or a file. ``${…}`` stands for a variable, for ``name``,
``seed`` or ``workdir``, or for the output of the step of that id, which then runs before.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from training.errors import RunError
from training.files.parsing import describe

STEP_ID = r"[a-z][a-z0-9_-]{0,63}"
_REFERENCE = re.compile(r"\$\{([A-Za-z][\w-]*)\}")
_SETTINGS = ("name", "seed", "workdir")


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Step(_Section):
    """One run of a stage. ``output`` is the name of its result in the workdir; unset, its id."""

    id: str = Field(pattern=f"^{STEP_ID}$")
    stage: str
    inputs: tuple[str, ...] = ()
    parameters: dict[str, Any] = Field(default_factory=dict)
    output: str | None = Field(default=None, pattern=r"^[\w][\w.-]*$")


class Recipe(_Section):
    """An experiment. ``max_failed_rate`` is the share of failed rows at which it stops."""

    name: str
    workdir: Path
    seed: int = 0
    variables: dict[str, Any] = Field(default_factory=dict)
    max_failed_rate: float = Field(default=0.1, ge=0.0, le=1.0)
    steps: tuple[Step, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_are_clear(self) -> Self:
        ids = [step.id for step in self.steps]
        taken = [*ids, *self.variables, *_SETTINGS]
        for name in taken:
            if taken.count(name) > 1:
                raise ValueError(f"{name!r} names several things")
        return self

    def references(self, step: Step) -> list[str]:
        """The ids of the steps that ``step`` uses. Raises ``RunError`` for unknown names."""
        ids = {each.id for each in self.steps}
        known = ids | set(self.variables) | set(_SETTINGS)
        found = [name for name in step.inputs if name in ids]
        for text in _texts((step.inputs, step.parameters)):
            for name in _REFERENCE.findall(text):
                if name not in known:
                    raise RunError(f"step {step.id}: ${{{name}}} names no variable and no step")
                if name in ids:
                    found.append(name)
        return list(dict.fromkeys(found))

    def values(self, outputs: Mapping[str, Path]) -> dict[str, Any]:
        """What ``${…}`` stands for, given the outputs of the steps that have run."""
        settings = {"name": self.name, "seed": self.seed, "workdir": str(self.workdir)}
        return settings | self.variables | {id: str(path) for id, path in outputs.items()}


def read_recipe(file: Path, changes: Mapping[str, Any] | None = None) -> Recipe:
    """The recipe in ``file``, with other values for some variables. Raises ``RunError``."""
    try:
        given = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise RunError(f"{file} cannot be read: {type(error).__name__}") from None
    except yaml.YAMLError as error:
        raise RunError(f"{file} is no YAML: {error}") from None
    if not isinstance(given, dict):
        raise RunError(f"{file} holds no recipe")
    try:
        recipe = Recipe.model_validate(given)
    except ValidationError as error:
        raise RunError(f"{file}: {describe(error)}") from None
    for name in changes or {}:
        if name not in recipe.variables:
            raise RunError(f"{file} has no variable {name!r}")
    return recipe.model_copy(update={"variables": {**recipe.variables, **(changes or {})}})


def in_order(recipe: Recipe) -> list[Step]:
    """The steps, each after those that it uses, otherwise as written. Raises ``RunError``."""
    steps = {step.id: step for step in recipe.steps}
    ordered: dict[str, Step] = {}
    _visit(list(steps), [], steps, recipe, ordered)
    return list(ordered.values())


def _visit(
    ids: Sequence[str],
    above: list[str],
    steps: Mapping[str, Step],
    recipe: Recipe,
    ordered: dict[str, Step],
) -> None:
    for id in ids:
        if id in above:
            circle = [*above[above.index(id) :], id]
            raise RunError(f"steps use each other in a circle: {' <- '.join(circle)}")
        if id not in ordered:
            _visit(recipe.references(steps[id]), [*above, id], steps, recipe, ordered)
            ordered[id] = steps[id]


def filled(value: Any, values: Mapping[str, Any]) -> Any:
    """``value`` with every ``${name}`` replaced; a text that is nothing else keeps the type."""
    if isinstance(value, str):
        whole = _REFERENCE.fullmatch(value)
        if whole and whole[1] in values:
            return values[whole[1]]
        return _REFERENCE.sub(lambda found: str(values.get(found[1], found[0])), value)
    if isinstance(value, dict):
        return {name: filled(each, values) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [filled(each, values) for each in value]
    return value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)
