"""Prompts as versioned files: a front matter with name and version, then a Jinja template.

Whoever changes what a template says raises its version: it is a part of the cache's key and of
every row's provenance. What a template is filled with is never read as a template itself.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from training.errors import RunError

FOLDER = Path(__file__).parent / "templates"
FILES = ("repair.md", "teacher.md")
"""The templates of this package. A file of one's own is named by its path."""

_FENCE = "---\n"


@dataclass(frozen=True, slots=True)
class Template:
    """``text`` is what follows the front matter."""

    name: str
    version: int
    text: str

    @property
    def label(self) -> str:
        """Name and version, as in keys and provenance: ``teacher@1``."""
        return f"{self.name}@{self.version}"

    @property
    def digest(self) -> str:
        """16 hexadecimal digits of the text: two that share a label should share it, too."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]

    def render(self, **values: Any) -> str:
        """The template, filled. Raises ``RunError`` if it is broken or lacks a value."""
        environment = ImmutableSandboxedEnvironment(
            undefined=StrictUndefined,
            autoescape=False,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=False,
        )
        try:
            return environment.from_string(self.text).render(**values)
        except TemplateError as error:
            raise RunError(f"template {self.label}: {type(error).__name__}") from error


def read_template(path: Path) -> Template:
    """Raises ``RunError`` for a file without name and version in its front matter."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise RunError(f"template {path} cannot be read: {error.strerror}") from error
    opening, front, body = [*text.split(_FENCE, 2), "", ""][:3]
    fields = dict(_field(line) for line in front.splitlines() if line.strip())
    if opening or set(fields) != {"name", "version"} or not fields["version"].isdecimal():
        raise RunError(f"template {path} does not begin with its name and version")
    return Template(fields["name"], int(fields["version"]), body)


def templates() -> Mapping[str, Template]:
    """The templates of this package by name. Raises ``RunError`` if two share one."""
    found: dict[str, Template] = {}
    for file in FILES:
        template = read_template(FOLDER / file)
        if template.name in found:
            raise RunError(f"two templates are named {template.name}")
        found[template.name] = template
    return MappingProxyType(found)


def find_template(name: str) -> Template:
    """One of this package by its name, or a file ending in ``.md`` by its path."""
    if name.endswith(".md"):
        return read_template(Path(name))
    known = templates()
    if name not in known:
        raise RunError(f"there is no template {name}; known are {', '.join(sorted(known))}")
    return known[name]


def _field(line: str) -> tuple[str, str]:
    name, _colon, value = line.partition(":")
    return name.strip(), value.strip()
