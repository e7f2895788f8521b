"""The histogram counts every example once, in numbers, in text and in a picture."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from training.settling import Histogram, ZoneThresholds, zone_of

THRESHOLDS = ZoneThresholds(obvious_up_to=0.1, noise_from=0.6)


@pytest.mark.parametrize(
    ("distance", "zone"),
    [(0.0, "obvious"), (0.1, "obvious"), (0.11, "middle"), (0.59, "middle"), (0.6, "noise")],
)
def test_zones(distance: float, zone: str) -> None:
    assert zone_of(distance, THRESHOLDS) == zone


def test_thresholds_must_leave_a_middle() -> None:
    with pytest.raises(ValidationError):
        ZoneThresholds(obvious_up_to=0.6, noise_from=0.6)


def _filled() -> Histogram:
    histogram = Histogram(THRESHOLDS)
    for distance in (0.0, 0.05, 0.3, 0.31, 0.32, 1.0, None):
        histogram.add(distance)
    return histogram


def test_numbers() -> None:
    numbers = _filled().to_json()
    assert numbers["zones"] == {"obvious": 2, "middle": 3, "noise": 1}
    assert (numbers["num_examples"], numbers["num_without_sample"]) == (6, 1)
    assert numbers["bins"][0] == 1 and numbers["bins"][12] == 3 and numbers["bins"][39] == 1
    assert numbers["thresholds"]["noise_from"] == 0.6


def test_text() -> None:
    lines = _filled().lines()
    assert len(lines) == 22
    assert lines[7].split() == ["0.30", "middle", "3", "#" * 50]
    assert lines[-1] == "obvious 2 (33.3%), middle 3 (50.0%), noise 1 (16.7%); without a sample 1"


def test_a_bar_is_of_the_zone_that_most_of_it_lies_in() -> None:
    histogram = Histogram(THRESHOLDS)
    for distance in (0.11, 0.12, 0.13):
        histogram.add(distance)
    assert histogram.lines()[3].split()[:3] == ["0.10", "middle", "3"]
    assert histogram.lines()[2].split()[:2] == ["0.05", "obvious"]


def test_text_of_nothing() -> None:
    assert Histogram(THRESHOLDS).lines()[-1].startswith("obvious 0 (0.0%)")


def test_picture(tmp_path: Path) -> None:
    file = tmp_path / "zones.png"
    _filled().plot(file)
    assert file.read_bytes().startswith(b"\x89PNG")
