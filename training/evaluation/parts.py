"""What one prediction adds to the two sums that a figure is the ratio of."""

from collections.abc import Callable, Mapping

Metrics = Mapping[str, float | None]
Part = tuple[float, float]
PartOf = Callable[[Metrics], Part]

NOTHING: Part = (0.0, 0.0)


def mean(name: str, where: str | None = None) -> PartOf:
    """Of a metric, over the predictions for which it and ``where`` say something and hold."""

    def part(metrics: Metrics) -> Part:
        value = metrics.get(name)
        if value is None or (where is not None and not metrics.get(where)):
            return NOTHING
        return value, 1.0

    return part


def share_without(name: str, unless: str | None = None) -> PartOf:
    """Of predictions for which ``name`` does not hold, over those for which ``unless`` does not."""

    def part(metrics: Metrics) -> Part:
        value = metrics.get(name)
        if value is None or (unless is not None and metrics.get(unless)):
            return NOTHING
        return 1.0 - value, 1.0

    return part


def pooled(numerator: Mapping[str, int], denominator: Mapping[str, int]) -> PartOf:
    """Of counts that are summed with weights."""

    def part(metrics: Metrics) -> Part:
        return _weighed(metrics, numerator), _weighed(metrics, denominator)

    return part


def added(after: str, before: str, where: str) -> PartOf:
    """Of what ``after`` has more than ``before``, where ``where`` holds."""

    def part(metrics: Metrics) -> Part:
        difference = _difference(metrics, after, before)
        return NOTHING if difference is None or not metrics.get(where) else (difference, 1.0)

    return part


def share_with_more(after: str, before: str, where: str) -> PartOf:
    """Of predictions for which ``after`` is more than ``before``, where ``where`` holds."""

    def part(metrics: Metrics) -> Part:
        difference = _difference(metrics, after, before)
        if difference is None or not metrics.get(where):
            return NOTHING
        return float(difference > 0), 1.0

    return part


def _weighed(metrics: Metrics, weights: Mapping[str, int]) -> float:
    return sum(weight * (metrics.get(name) or 0.0) for name, weight in weights.items())


def _difference(metrics: Metrics, after: str, before: str) -> float | None:
    late, early = metrics.get(after), metrics.get(before)
    return None if late is None or early is None else late - early
