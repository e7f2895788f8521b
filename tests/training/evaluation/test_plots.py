"""Plots: bins that hold every value, and drawings that need nothing else."""

import xml.etree.ElementTree as ET

import numpy as np

from training.evaluation.plots import NUM_BINS, Scale, bin_edges, histogram

VALUES = np.array([0.0, 1.0, 2.0, 50.0])


def test_a_drawing_is_xml_and_always_the_same() -> None:
    drawn = histogram({"new <run>": VALUES, "old": VALUES / 2}, Scale("tokens", is_whole=True))
    assert drawn == histogram(
        {"new <run>": VALUES, "old": VALUES / 2}, Scale("tokens", is_whole=True)
    )
    assert drawn.startswith("<svg") and "<run>" not in drawn
    texts = [element.text for element in ET.fromstring(drawn).iter() if element.text]
    assert "tokens" in texts and "new <run>" in texts


def test_without_values_there_is_none() -> None:
    assert histogram({"new": np.array([])}, Scale("tokens")) == ""


def test_one_value_can_be_drawn() -> None:
    assert histogram({"new": np.zeros(3)}, Scale("seconds")).startswith("<svg")


def test_edges() -> None:
    assert bin_edges([VALUES], Scale("score", top=100.0)).tolist()[-1] == 100.0
    assert len(bin_edges([VALUES], Scale("seconds"))) == NUM_BINS + 1
    whole = bin_edges([VALUES], Scale("tokens", is_whole=True))
    assert whole[0] == -0.5 and whole[-1] > 49 and (np.diff(whole) == whole[1] - whole[0]).all()
