"""The last line of a run: what became of its rows."""

from training.runner.checkpoints import OutputFiles
from training.runner.values import RunReport


def summary_line(report: RunReport) -> str:
    """Counts, reasons, time, and where to look."""
    counts = report.counts
    parts = []
    if counts.num_in or not report.out.is_dir():
        is_folder = report.out.is_dir()
        parts.append(f"{counts.num_in:,} in" + ("" if is_folder else f", {counts.num_out:,} out"))
    if counts.dropped:
        parts.append(f"{counts.num_dropped:,} dropped ({_by_word(counts.dropped)})")
    if counts.failed:
        failed = OutputFiles(report.out).failed
        parts.append(f"{counts.num_failed:,} failed ({_by_word(counts.failed)}), see {failed}")
    head = "up to date, nothing to do: " if report.was_up_to_date else ""
    seconds = "" if report.was_up_to_date else f" ({report.seconds:,.1f} s)"
    return f"{head}{'; '.join(parts)}{' -> ' if parts else ''}{report.out}{seconds}"


def _by_word(counts: dict[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return ", ".join(f"{word} {number:,}" for word, number in ordered)
