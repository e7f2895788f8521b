"""``settle`` keeps the middle zone, the nearest sample as its target; ``zones`` draws them."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.training.inputs import example, settled_example
from training.errors import InvalidRow, MissingSection
from training.examples import Example, Sample
from training.stage import Dropped
from training.stages import settle, zones

TEXT = "def area(width, height):\n    ret^\n"
SETTLED = "    return width * height"


def _given(*samples: str, settled: str = SETTLED) -> Example:
    return settled_example(TEXT, "    ret", settled, list(samples))


def _settled(given: Example, **config: Any) -> Example:
    kept = settle.run(given, settle.SettleConfig(**config))
    assert isinstance(kept, Example)
    return kept


def test_the_nearest_sample_is_the_target_not_the_settled_text() -> None:
    kept = _settled(_given("    raise", "    return width + 2", "    return 0"))
    assert kept.settled is not None
    assert (kept.settled.zone, kept.settled.closest) == ("middle", 1)
    assert kept.spec.expected_patches == (
        "--- a/shop/area.py\n+++ b/shop/area.py\n"
        "@@ -2,1 +2,1 @@\n-    ret\n+    return width + 2\n",
    )
    assert kept.settled.distances[1] == round(7 / 18, 4)
    assert kept.samples == ()


def test_samples_may_go_on() -> None:
    given = _given("    return width + 2")
    assert _settled(given, keep_samples=True).samples == given.samples


@pytest.mark.parametrize(
    ("sample", "zone"),
    [(SETTLED, "obvious"), ("    ret", "noise"), ("    raise Something(strange)", "noise")],
)
def test_other_zones_are_left_out(sample: str, zone: str) -> None:
    assert settle.run(_given(sample), settle.SettleConfig()) == Dropped(zone)
    kept = _settled(_given(sample), keep=("obvious", "middle", "noise"))
    assert kept.settled is not None and kept.settled.zone == zone


def test_thresholds_move_the_zones() -> None:
    given = _given("    return width + 2")
    assert settle.run(given, settle.SettleConfig(noise_from=0.3)) == Dropped("noise")
    assert settle.run(given, settle.SettleConfig(obvious_up_to=0.4)) == Dropped("obvious")


def test_a_sample_that_is_none_is_never_the_target() -> None:
    given = _given("    return width + 2")
    broken = (Sample(text=SETTLED, error="truncated"), *given.samples)
    kept = _settled(given.model_copy(update={"samples": broken}))
    assert kept.settled is not None
    assert (kept.settled.closest, kept.settled.distances[0]) == (1, 1.0)
    only_broken = given.model_copy(update={"samples": broken[:1]})
    assert settle.run(only_broken, settle.SettleConfig()) == Dropped("no_sample")


def test_rows_without_what_is_needed_fail() -> None:
    with pytest.raises(MissingSection, match="ingest"):
        settle.run(example(TEXT), settle.SettleConfig())
    with pytest.raises(MissingSection, match="sample"):
        settle.run(_given(), settle.SettleConfig())


def test_a_region_off_the_text_fails() -> None:
    given = _given("x")
    assert given.settled is not None
    off = given.settled.model_copy(update={"region_end": 4000})
    with pytest.raises(InvalidRow):
        settle.run(given.model_copy(update={"settled": off}), settle.SettleConfig())


def test_the_histogram_is_written(tmp_path: Path) -> None:
    rows = [_given(SETTLED), _given("    return width + 2"), _given("    raise")]
    zones.run(iter(rows), zones.ZonesConfig(), tmp_path)
    numbers = json.loads((tmp_path / "zones.json").read_text())
    assert numbers["zones"] == {"obvious": 1, "middle": 1, "noise": 1}
    assert "obvious 1 (33.3%)" in (tmp_path / "zones.txt").read_text()
    assert (tmp_path / "zones.png").read_bytes().startswith(b"\x89PNG")


def test_the_histogram_reads_what_settle_wrote(tmp_path: Path) -> None:
    """Its rows have distances, but no samples any more."""
    kept = _settled(_given("    return width + 2"))
    zones.run([kept], zones.ZonesConfig(), tmp_path)
    assert json.loads((tmp_path / "zones.json").read_text())["zones"]["middle"] == 1
