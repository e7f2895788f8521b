"""What the documents must not forget."""

from pathlib import Path

from prompt_format import FORMATS, ParseReason
from quality import SuppressReason
from server.data.metrics import DataMetrics
from server.data.settling.regions import DropReason
from server.errors import ERRORS
from server.metrics import Metrics
from server.predictions import PolicyReason
from server.settings import variables

ROOT = Path(__file__).parents[2]


def test_the_readme_lists_every_setting_with_its_default() -> None:
    rows = {
        cells[1].strip(): cells[2].strip()
        for line in (ROOT / "README.md").read_text().splitlines()
        if line.startswith("| `FORETYPE_") and (cells := line.split("|"))
    }
    expected = {
        f"`{name}`": "" if default is None else f"`{default}`"
        for name, (default, _description) in variables().items()
    }
    assert rows == expected


def test_the_architecture_page_explains_every_reason() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    for reason in (*ParseReason, *SuppressReason, *PolicyReason):
        assert f"| `{reason}` |" in text


def test_the_operations_page_explains_every_metric() -> None:
    text = (ROOT / "docs" / "operations.md").read_text()
    metrics = Metrics()
    DataMetrics(metrics.registry)
    ours = [
        family.name for family in metrics.registry.collect() if family.name.startswith("foretype_")
    ]
    assert len(ours) > 5
    for name in ours:
        assert f"`{name}" in text


def test_the_operations_page_explains_every_error_and_every_drop() -> None:
    text = (ROOT / "docs" / "operations.md").read_text()
    for code in (*(row.code for row in ERRORS.values()), *DropReason):
        assert f"`{code}`" in text, code


def test_the_readme_names_every_prompt_format() -> None:
    text = (ROOT / "README.md").read_text()
    assert all(f"`{name}`" in text for name in FORMATS)
