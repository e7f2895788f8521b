"""The data manifest: counted in one pass, and only where there is a right to learn."""

import json
from pathlib import Path
from typing import Any

import pytest

from training.errors import RunError
from training.examples import Example, ExampleSpec, Stamp
from training.releasing.data_manifest import data_manifest, read_data_manifest
from training.stages import manifest as manifest_stage

SYNTHESIZED = Stamp(stage="synthesize", version=2)
INGESTED = Stamp(stage="ingest", version=1)
DISTILLED = Stamp(stage="distill", version=3, model="teacher-x", template="teacher/2")


def example(url: str = "https://x.test/a", **sections: Any) -> Example:
    spec = ExampleSpec(name="one", repository_url=url, tags=("kind:fim",))
    values = {"license": "MIT", "language": "python", "provenance": (SYNTHESIZED,)} | sections
    return Example(spec=spec, **values)


ROWS = (
    example(split="train"),
    example(split="train", license="Apache-2.0"),
    example("https://x.test/b", language="go", split="validation"),
    example("https://private.test/c", license=None, provenance=(INGESTED, DISTILLED)),
)


def test_rows_are_counted_by_what_they_are() -> None:
    manifest = data_manifest(iter(ROWS))
    assert (manifest.num_rows, manifest.num_licensed_rows, manifest.num_consented_rows) == (4, 3, 1)
    assert manifest.licenses == {"MIT": 2, "Apache-2.0": 1}
    assert manifest.languages == {"python": 3, "go": 1}
    assert manifest.splits == {"train": 2, "none": 1, "validation": 1}
    assert manifest.tags == {"kind:fim": 4}
    shares = [(each.url, each.licenses, each.num_rows) for each in manifest.repositories]
    assert shares == [
        ("https://x.test/a", ("Apache-2.0", "MIT"), 2),
        ("https://x.test/b", ("MIT",), 1),
    ]
    stages = {(each.stage, each.version, each.model, each.num_rows) for each in manifest.stages}
    assert stages == {
        ("synthesize", 2, None, 3),
        ("ingest", 1, None, 1),
        ("distill", 3, "teacher-x", 1),
    }


def test_where_users_code_came_from_is_not_told() -> None:
    assert "private.test" not in data_manifest(ROWS).model_dump_json()


@pytest.mark.parametrize(
    "row",
    [example(license=None), example(license="GPL-3.0-only"), example(url="")],
    ids=["no-licence", "copyleft", "no-repository"],
)
def test_a_row_without_any_right_ends_the_run(row: Example) -> None:
    with pytest.raises(RunError, match="neither consent nor a repository with a permissive"):
        data_manifest([*ROWS, row])


def test_the_stage_writes_what_a_release_reads(tmp_path: Path) -> None:
    counts = manifest_stage.run(iter(ROWS), manifest_stage.ManifestConfig(), tmp_path)
    assert counts == {"rows": 4, "repositories": 2, "consented_rows": 1}
    text = (tmp_path / "data.json").read_text()
    assert read_data_manifest(text) == json.loads(text)
    with pytest.raises(ValueError, match="num_rows"):
        read_data_manifest('{"num_rows": "many"}')
