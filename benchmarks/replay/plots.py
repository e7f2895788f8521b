"""Plots of a report, as PNG files."""

from collections.abc import Mapping
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, ScalarFormatter

from benchmarks.replay.figures import Figures
from benchmarks.replay.search import TARGET_MS


def plot_latency(servers: Mapping[str, Figures], file: Path) -> None:
    """The share of keystrokes that would be answered within a time, by server."""
    figure = Figure(figsize=(8, 5))
    axes = figure.subplots()
    for name, figures in servers.items():
        points = figures["waiting_curve"]
        axes.step([p["ms"] for p in points], [p["share"] for p in points], where="post", label=name)
    axes.set(xlabel="ms", ylabel="answered, if waited for", ylim=(0, 1))
    axes.set(xscale="log", xlim=(1, 20_000))  # there may be no data to scale by
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.xaxis.set_minor_formatter(NullFormatter())
    _finish(figure, axes, file)


def plot_growth(title: str, servers: Mapping[str, Mapping[int, Figures]], file: Path) -> None:
    """p50 and p90 over the values of what was varied, by server."""
    figure = Figure(figsize=(8, 5))
    axes = figure.subplots()
    for number, (name, by_value) in enumerate(servers.items()):
        for percentile, style in (("p50_ms", "-"), ("p90_ms", "--")):
            found = {v: f["latency_if_waited_for"][percentile] for v, f in sorted(by_value.items())}
            known = {v: ms for v, ms in found.items() if ms is not None}
            label = f"{name}, {percentile.removesuffix('_ms')}"
            axes.plot(
                list(known),
                list(known.values()),
                style,
                marker="o",
                color=f"C{number}",
                label=label,
            )
    axes.axhline(TARGET_MS, color="grey", linewidth=0.5)
    axes.set(xlabel=title, ylabel="ms, if waited for", ylim=(0, None))
    _finish(figure, axes, file)


def _finish(figure: Figure, axes: Axes, file: Path) -> None:
    axes.grid(alpha=0.3)
    if axes.get_legend_handles_labels()[0]:
        axes.legend()
    figure.tight_layout()
    figure.savefig(file, dpi=120)
