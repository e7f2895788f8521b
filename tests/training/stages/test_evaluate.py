"""``score``, ``evaluate``, ``compare`` and ``report`` one after another, run by the runner."""

import json
from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.training.evaluation.examples import AFTER, BEFORE, example, prediction
from training.errors import RunError
from training.examples import Example
from training.runner import RunOptions, run_stage
from training.stages.compare import STAGE as COMPARE
from training.stages.compare import CompareConfig
from training.stages.evaluate import STAGE as EVALUATE
from training.stages.evaluate import EvaluateConfig
from training.stages.report import STAGE as REPORT
from training.stages.report import ReportConfig
from training.stages.score import STAGE as SCORE
from training.stages.score import ScoreConfig

HOSTILE = BEFORE.replace("return 0", "return '</td><script>alert(1)</script>'")
QUICK = {"num_resamples": 100}
UNRECORDED = RunOptions(keeps_manifest=False)
"""As the command line runs stages of folders."""


def _examples(shown: int) -> list[Example]:
    """20 examples; of the 15 with an edit wanted, the first ``shown`` get it."""
    found = []
    for number in range(20):
        is_quiet = number >= 15
        text = AFTER if number < shown else HOSTILE if number == 19 else BEFORE
        found.append(
            example(
                prediction(text),
                expected=(BEFORE,) if is_quiet else (AFTER,),
                name=f"case-{number}",
                kind="no_edit" if is_quiet else "near",
                revision=str(number // 2),
            )
        )
    return found


def _write(path: Path, rows: Iterable[Example]) -> str:
    path.write_text("".join(row.model_dump_json() + "\n" for row in rows))
    return str(path)


def _evaluated(folder: Path, name: str, rows: Iterable[Example], **score: str) -> Path:
    given = _write(folder / f"{name}.predicted.jsonl", rows)
    scored = folder / f"{name}.jsonl"
    report = run_stage(SCORE, ScoreConfig.model_validate(score), [given], scored)
    assert report.exit_code == 0
    out = folder / name
    run_stage(EVALUATE, EvaluateConfig.model_validate(QUICK), [str(scored)], out)
    return out


def test_evaluate(tmp_path: Path) -> None:
    out = _evaluated(tmp_path, "student", _examples(12))
    summary = json.loads((out / "summary.json").read_text())
    figures = summary["figures"]
    assert (summary["num_examples"], summary["num_clusters"]) == (20, 10)
    assert figures["show_rate"]["value"] == 0.8
    assert figures["quiet_rate"]["value"] == 0.8
    assert figures["delta_chr_f"]["value"] == 80.0
    assert figures["show_rate"]["num_examples"] == 15
    assert summary["slices"]["kind"]["near"]["figures"]["show_rate"]["value"] == 0.8
    assert len((out / "rows.jsonl").read_text().splitlines()) == 20
    assert "show rate" in (out / "summary.txt").read_text()
    cases = json.loads((out / "cases.json").read_text())["groups"]
    assert [case["name"] for case in cases["needless"]] == ["case-19"]
    assert len(cases["missed"]) == 3


def test_reasons_are_counted_where_there_is_no_edit(tmp_path: Path) -> None:
    rows = [
        example(prediction(None), name="unreadable"),
        example(prediction(AFTER).model_copy(update={"reason": "kept_previous"}), name="kept"),
    ]
    summary = json.loads((_evaluated(tmp_path, "run", rows) / "summary.json").read_text())
    assert summary["reasons"] == {"markers_missing": 1}


def test_the_baseline_is_quiet_throughout(tmp_path: Path) -> None:
    out = _evaluated(tmp_path, "quiet", _examples(12), baseline="quiet")
    figures = json.loads((out / "summary.json").read_text())["figures"]
    assert (figures["show_rate"]["value"], figures["quiet_rate"]["value"]) == (0.0, 1.0)


def test_the_same_input_gives_the_same_files(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first = _evaluated(tmp_path / "a", "run", _examples(7))
    second = _evaluated(tmp_path / "b", "run", _examples(7))
    for file in first.iterdir():
        assert file.read_bytes() == (second / file.name).read_bytes(), file.name


def test_rows_without_scores_end_the_run(tmp_path: Path) -> None:
    given = _write(tmp_path / "predicted.jsonl", _examples(3))
    with pytest.raises(RunError, match=r"row 0: .*run score first"):
        run_stage(EVALUATE, EvaluateConfig(), [given], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_provider_without_predictions_ends_the_run(tmp_path: Path) -> None:
    _evaluated(tmp_path, "run", _examples(3))
    config = EvaluateConfig(provider="teacher")
    with pytest.raises(RunError, match="none of the 20 examples has a prediction by 'teacher'"):
        run_stage(EVALUATE, config, [str(tmp_path / "run.jsonl")], tmp_path / "out")


def test_compare(tmp_path: Path) -> None:
    new, old = (_evaluated(tmp_path, f"shows-{num}", _examples(num)) for num in (14, 4))
    out = tmp_path / "comparison"
    config = CompareConfig.model_validate(QUICK | {"against": old})
    run_stage(COMPARE, config, [str(new)], out)
    found = json.loads((out / "comparison.json").read_text())
    assert (found["run"], found["against"], found["num_examples"]) == ("shows-14", "shows-4", 20)
    change = found["figures"]["show_rate"]
    assert (change["num_wins"], change["num_ties"], change["num_losses"]) == (10, 5, 0)
    assert change["verdict"] == "better"
    assert "against: shows-4" in (out / "comparison.txt").read_text()


def test_what_is_no_evaluation_is_refused(tmp_path: Path) -> None:
    run = _evaluated(tmp_path, "run", _examples(3))
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(RunError, match=r"is .*empty what evaluate wrote"):
        run_stage(COMPARE, CompareConfig(against=empty), [str(run)], tmp_path / "out")
    with pytest.raises(RunError, match=r"is .*empty what evaluate wrote"):
        run_stage(REPORT, ReportConfig(), [str(empty)], tmp_path / "out")
    assert not (tmp_path / "out").exists()


class _Page(HTMLParser):
    """The tags of a page, and whether they are closed."""

    VOID = ("meta", "br", "link", "img", "input", "hr")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_report(tmp_path: Path) -> None:
    new, old = (_evaluated(tmp_path, f"shows-{num}", _examples(num)) for num in (14, 4))
    out = tmp_path / "report"
    run_stage(REPORT, ReportConfig.model_validate(QUICK | {"against": old}), [str(new)], out)
    text = (out / "report.html").read_text()
    page = _Page(text)
    assert page.open == []
    assert not page.tags & {"script", "link", "img", "iframe", "object"}
    assert all(link.startswith("#") for link in page.links)
    assert "&lt;/td&gt;&lt;script&gt;alert" in text
    for part in ("shows-14", "against shows-4", "quiet rate", "Needless:", "<svg", "case-19"):
        assert part in text


def test_a_report_shows_cases_of_both_runs(tmp_path: Path) -> None:
    new, old = (_evaluated(tmp_path, f"shows-{num}", _examples(num)) for num in (15, 4))
    out = tmp_path / "report"
    run_stage(REPORT, ReportConfig.model_validate(QUICK | {"against": old}), [str(new)], out)
    text = (out / "report.html").read_text().partition('<h2 id="needless">')[2]
    needless, _, missed = text.partition('<h2 id="missed">')
    assert "<h3>shows-15</h3>" in needless and "<h3>shows-4</h3>" in needless
    missed = missed.partition("<h2")[0]
    assert "<h3>shows-15</h3>" not in missed and "<h3>shows-4</h3>" in missed


@pytest.mark.parametrize("stage", ["compare", "report"])
def test_a_folder_of_something_else_is_left_alone(tmp_path: Path, stage: str) -> None:
    run, dear = _evaluated(tmp_path, "run", _examples(3)), tmp_path / "dear"
    dear.mkdir()
    (dear / "notes.txt").write_text("kept")
    with pytest.raises(RunError, match="name another folder"):
        if stage == "compare":
            run_stage(COMPARE, CompareConfig(against=run), [str(run)], dear, UNRECORDED)
        else:
            run_stage(REPORT, ReportConfig(), [str(run)], dear, UNRECORDED)
    assert [path.name for path in dear.iterdir()] == ["notes.txt"]


def test_a_report_made_again_replaces_the_earlier_one(tmp_path: Path) -> None:
    run, out = _evaluated(tmp_path, "run", _examples(3)), tmp_path / "report"
    run_stage(REPORT, ReportConfig(name="first"), [str(run)], out, UNRECORDED)
    run_stage(REPORT, ReportConfig(name="second"), [str(run)], out, UNRECORDED)
    assert "<h1>second</h1>" in (out / "report.html").read_text()


def test_a_report_of_one_run(tmp_path: Path) -> None:
    run = _evaluated(tmp_path, "run", _examples(5))
    out = tmp_path / "report"
    run_stage(REPORT, ReportConfig(name="First student"), [str(run)], out)
    text = (out / "report.html").read_text()
    assert _Page(text).open == []
    assert "<h1>First student</h1>" in text and "Comparison" not in text
