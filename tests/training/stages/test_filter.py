import random
import string
from typing import Any

import pytest

from prompt_format import PromptInput
from prompt_format.inputs import Diagnostic, EditEvent, RelatedExcerpt, RelatedFile, TextRange
from tests.training.inputs import example, prompt_input
from training.examples import Example, HumanFeedback, Prediction, Sample, Settled
from training.stage import Dropped
from training.stages.filter import FilterConfig, run

SECRET = 'token = "gh' + "p_" + "".join(random.Random(5).choices(string.ascii_letters, k=36)) + '"'
EMPTY = TextRange(start=0, end=0)


def row(text: str = "total = 1^\n", **spec: Any) -> Example:
    given = example(text, license="MIT")
    fields = {"repository_url": "https://github.com/acme/shop", "tags": ("kind:near",), **spec}
    return given.model_copy(update={"spec": given.spec.model_copy(update=fields)})


def with_inputs(**fields: Any) -> Example:
    return row().model_copy(update={"prompt_inputs": prompt_input("total = 1^\n", **fields)})


def reason(given: Example, **config: Any) -> str | None:
    found = run(given, FilterConfig(**config))
    return found.reason if isinstance(found, Dropped) else None


def test_a_good_row_stays_and_gets_its_language() -> None:
    given = row()
    assert run(given, FilterConfig()) == given.model_copy(update={"language": "python"})


@pytest.mark.parametrize(
    ("config", "word"),
    [
        ({"languages": ("go",)}, "language_not_wanted"),
        ({"languages": ("go", "python")}, None),
        ({"exclude_languages": ("python",)}, "language_excluded"),
        ({"licenses": ("ISC",)}, "license_not_permissive"),
        ({"splits": ("train",)}, "split_not_wanted"),
        ({"tags": ("kind:far",)}, "tag_not_wanted"),
        ({"tags": ("kind:far", "kind:near")}, None),
        ({"max_excerpt_bytes": 3}, "excerpt_too_large"),
    ],
)
def test_what_is_not_wanted_goes(config: dict[str, Any], word: str | None) -> None:
    assert reason(row(), **config) == word


def test_the_split_that_is_wanted_stays() -> None:
    assert reason(row().model_copy(update={"split": "train"}), splits=("train",)) is None


def test_licences_have_to_be_known_and_permissive() -> None:
    unknown = row().model_copy(update={"license": None})
    assert reason(unknown) == "license_unknown"
    assert reason(unknown, require_license=False) is None
    other = row().model_copy(update={"license": "GPL-3.0-only"})
    assert reason(other, require_license=False) == "license_not_permissive"


def test_reserved_repositories_and_their_forks_go() -> None:
    for url in ("https://github.com/pallets/flask", "git@github.com:me/flask.git"):
        assert reason(row(repository_url=url)) == "reserved_repository"
        assert reason(row(repository_url=url), reserved=True) is None
        assert reason(with_inputs(repo_url=url)) == "reserved_repository"


def test_patches_and_events_have_limits() -> None:
    patch = "--- a/x\n+++ b/x\n@@ -0,0 +1,1 @@\n+added\n"
    assert reason(row(expected_patches=(patch,)), max_patch_bytes=20) == "patch_too_large"
    event = EditEvent(path="a.py", diff="")
    assert reason(with_inputs(events=(event, event)), max_events=1) == "too_many_events"


def test_files_that_nobody_types_go() -> None:
    assert reason(row(cursor_path="vendor/a.py")) == "excluded_path"
    assert reason(row(cursor_path="vendor/a.py"), exclusions=False) is None
    assert reason(row("# @generated\n^")) == "generated"


def secrets_in_inputs() -> dict[str, PromptInput]:
    excerpt = RelatedExcerpt(row_range=EMPTY, text=SECRET)
    diagnostic = {"snippet_buffer_row_range": EMPTY, "diagnostic_range_in_snippet": EMPTY}
    fields: dict[str, dict[str, Any]] = {
        "event": {"events": (EditEvent(path="a.py", diff=f"+{SECRET}\n"),)},
        "related": {"related_files": (RelatedFile(path="b", max_row=1, excerpts=(excerpt,)),)},
        "message": {"active_buffer_diagnostics": (Diagnostic(message=SECRET, **diagnostic),)},
        "snippet": {
            "active_buffer_diagnostics": (Diagnostic(message="", snippet=SECRET, **diagnostic),)
        },
    }
    inputs = {name: prompt_input("a^\n", **given) for name, given in fields.items()}
    return {"excerpt": prompt_input(f"{SECRET}^\n"), **inputs}


@pytest.mark.parametrize("place", secrets_in_inputs())
def test_secrets_in_the_inputs(place: str) -> None:
    given = row().model_copy(update={"prompt_inputs": secrets_in_inputs()[place]})
    assert reason(given) == "secret"
    assert reason(given, secrets=False) is None


@pytest.mark.parametrize(
    "fields",
    [
        {"expected_patches": ("", f"+{SECRET}")},
        {"rejected_patch": f"+{SECRET}"},
        {"edit_history": f"+{SECRET}"},
        {"uncommitted_diff": f"+{SECRET}"},
        {"cursor_position": SECRET},
        {"reasoning": SECRET},
        {"human_feedback": (HumanFeedback(message=SECRET),)},
    ],
    ids=lambda fields: str(*fields),
)
def test_secrets_in_the_spec(fields: dict[str, Any]) -> None:
    assert reason(row(**fields)) == "secret"


@pytest.mark.parametrize(
    "sections",
    [
        {"predictions": (Prediction(provider="teacher", actual_patch=f"+{SECRET}"),)},
        {"predictions": (Prediction(provider="teacher", actual_output=SECRET),)},
        {"samples": (Sample(text=SECRET),)},
        {"settled": Settled(region_start=0, region_end=0, text=SECRET)},
    ],
)
def test_secrets_in_other_sections(sections: dict[str, Any]) -> None:
    assert reason(row().model_copy(update=sections)) == "secret"
