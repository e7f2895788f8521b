from pathlib import Path

import pytest

from training.errors import RunError
from training.teacher.templates import FILES, FOLDER, Template, find_template, templates

DIGESTS = {
    "repair@1": "80637d39440b7f57",
    "teacher@1": "ee9a49d23cca1893",
}
"""A template that says something else has another version. Versions that were used stay here."""


def test_a_changed_template_has_a_new_version() -> None:
    for template in templates().values():
        known = DIGESTS.get(template.label)
        assert known == template.digest, "raise the version, and note its digest here"


def test_every_file_is_listed() -> None:
    assert sorted(path.name for path in FOLDER.glob("*")) == list(FILES)
    assert set(templates()) == {"repair", "teacher"}


def test_a_file_of_ones_own_is_found_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.md"
    path.write_text("---\nname: mine\nversion: 3\n---\nHello {{ name }}\n---\n")
    template = find_template(str(path))
    assert template.label == "mine@3"
    assert template.render(name="you") == "Hello you\n---"


@pytest.mark.parametrize(
    "text", ["", "Hello", "---\nname: x\n---\n", "---\nname: x\nversion: new\n---\n", "a---\n---\n"]
)
def test_a_file_without_name_and_version_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mine.md"
    path.write_text(text)
    with pytest.raises(RunError, match="name and version"):
        find_template(str(path))


def test_an_unknown_template_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="known are repair, teacher"):
        find_template("tutor")
    with pytest.raises(RunError, match="cannot be read"):
        find_template(str(tmp_path / "none.md"))


def test_a_value_that_is_missing_is_an_error() -> None:
    with pytest.raises(RunError, match="UndefinedError"):
        Template("x", 1, "{{ missing }}").render()


def test_values_are_never_read_as_templates() -> None:
    value = "{{ 7 * 7 }} {% for %} {# #} <b>&amp;"
    assert Template("x", 1, "{{ code }}").render(code=value) == value


def test_a_template_cannot_reach_into_the_program() -> None:
    with pytest.raises(RunError, match="SecurityError"):
        Template("x", 1, "{{ ''.__class__.__mro__ }}").render()
