"""Histograms as SVG text that stands in a page: colours and fonts are the page's own."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

NUM_BINS = 40
COLOURS = ("#3b73d9", "#e08a1e")
INK = "#808890"
"""Legible on light and on dark ground."""
SIZE_INCHES = (6.0, 2.4)

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scale:
    """``label`` of the axis. ``top`` is its end; by default the 99.5th percentile, and what lies
    beyond is counted in the last bin. ``is_whole``: bins hold whole numbers."""

    label: str
    top: float | None = None
    is_whole: bool = False


def histogram(runs: Mapping[str, Values], scale: Scale) -> str:
    """The share of values in each bin, the runs drawn over each other; empty without values."""
    present = {name: values for name, values in runs.items() if len(values)}
    if not present:
        return ""
    import matplotlib
    from matplotlib.figure import Figure

    edges = bin_edges(list(present.values()), scale)
    # The salt makes the ids, and so the page, the same every time.
    with matplotlib.rc_context({"svg.hashsalt": scale.label, "svg.fonttype": "none"}):
        figure = Figure(figsize=SIZE_INCHES, layout="constrained")
        figure.patch.set_alpha(0)
        axes = figure.add_subplot(facecolor="none")
        for (name, values), colour in zip(present.items(), COLOURS, strict=False):
            counts, _ = np.histogram(np.clip(values, edges[0], edges[-1]), edges)
            shares = 100 * counts / len(values)
            axes.stairs(shares, edges, fill=True, alpha=0.35, color=colour, label=name)
            axes.stairs(shares, edges, color=colour, linewidth=1)
        axes.set_xlabel(scale.label, color=INK)
        axes.set_ylabel("% of predictions", color=INK)
        axes.tick_params(colors=INK)
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["bottom", "left"]].set_color(INK)
        axes.set_xlim(edges[0], edges[-1])
        if len(present) > 1:
            axes.legend(frameon=False, labelcolor=INK, fontsize="small")
        written = io.StringIO()
        figure.savefig(written, format="svg", metadata={"Date": None, "Creator": None})
    return written.getvalue().partition("<svg")[2].join(("<svg", ""))


def bin_edges(runs: Sequence[Values], scale: Scale) -> Values:
    """From 0 (or the least value) to the end of the scale; whole numbers lie in the middle."""
    values = np.concatenate(runs)
    top = scale.top if scale.top is not None else float(np.quantile(values, 0.995))
    low = min(0.0, float(values.min()))
    if not scale.is_whole:
        return np.linspace(low, max(top, low + 1e-3), NUM_BINS + 1)
    step = max(1, int(np.ceil((top - low + 1) / NUM_BINS)))
    return np.arange(np.floor(low), np.ceil(top) + step + 1, step) - 0.5
