"""The model card of a release: its ``README.md``, written from the record and nothing else."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from model.weights.release_record import ReleaseRecord
from training.evaluation.figures import HEADLINES

COSTS = ("num_tokens", "seconds")
CONFIDENCE = 0.95
"""Of the intervals of a summary that does not tell."""
MAX_SHOWN = 40
"""Longest table of figures; the record holds them all."""


def model_card(record: ReleaseRecord, description: str = "") -> str:
    """Markdown with the front matter that model hubs read."""
    sections = (
        _front_matter(record),
        f"# {record.name}",
        description.strip(),
        _what_it_is(record),
        _section("Evaluation", _evaluation(record.evaluation)),
        _section("Data", _data(record.data)),
        _section("Training", _table(("parameter", "value"), _training(record.training))),
        _section("Licence", _licence(record)),
    )
    return "\n\n".join(section for section in sections if section) + "\n"


def _front_matter(record: ReleaseRecord) -> str:
    lines = ["---", f"license: {record.license.lower()}"]
    if record.base is not None:
        lines += [f"base_model: {record.base.name}", "library_name: peft"]
    return "\n".join([*lines, "tags: [code, edit-prediction]", "---"])


def _what_it_is(record: ReleaseRecord) -> str:
    base = record.base
    what = (
        "Whole weights."
        if base is None
        else f"A LoRA adapter for {base.name}, for the weights with SHA-256 `{base.weights_sha256}`"
        " and no others."
    )
    limits, temperature = record.limits, record.sampling.temperature
    sampling = "greedily" if temperature == 0 else f"at temperature {temperature:g}"
    return (
        f"Version `{record.version}`, released on {record.created}. {what}\n\n"
        f"It is asked in the prompt format `{record.prompt_format}`, with at most"
        f" {limits.max_prompt_tokens} tokens of prompt, and answers {sampling} in at most"
        f" {limits.max_output_tokens} tokens. Served with"
        f" `FORETYPE_MODEL_RELEASE={record.name} make serve`."
    )


def _evaluation(evaluation: Mapping[str, Any]) -> str:
    """The headlines of what ``evaluate`` found, with their intervals; any other figures as is."""
    figures = evaluation.get("figures")
    if not isinstance(figures, Mapping):
        return _table(("figure", "value"), _figures(evaluation))
    rows = (
        (
            name,
            _shown(figures[name]["value"]),
            " to ".join(_shown(end) for end in figures[name].get("interval") or ()),
            str(figures[name].get("num_examples", "")),
        )
        for name in (*HEADLINES, *COSTS)
        if figures.get(name, {}).get("value") is not None
    )
    interval = f"{100 * evaluation.get('confidence', CONFIDENCE):.4g} % interval"
    return _table(("figure", "value", interval, "examples"), rows)


def _data(data: Mapping[str, Any]) -> str:
    if not data:
        return ""
    text = (
        f"{data['num_rows']:,} examples: {data['num_licensed_rows']:,} from public repositories"
        " under permissive licences, by their own licence files, and"
        f" {data['num_consented_rows']:,} from users who allowed it."
    )
    counts = [
        f"{name.capitalize()}: {', '.join(f'{key} {count:,}' for key, count in data[name].items())}"
        for name in ("languages", "tags")
        if data[name]
    ]
    rows = (
        (each["url"], ", ".join(each["licenses"]), f"{each['num_rows']:,}")
        for each in data["repositories"]
    )
    table = _table(("repository", "licence", "examples"), rows)
    return "\n\n".join(part for part in (text, *counts, table) if part)


def _training(training: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    parameters = training.get("parameters")
    given = parameters if isinstance(parameters, Mapping) else {}
    yield from _figures(
        {name: value for name, value in given.items() if value not in (None, "", [], ())}
    )
    for name, value in training.items():
        if isinstance(value, (int, float, str)):
            yield name, _shown(value)


def _licence(record: ReleaseRecord) -> str:
    text = f"{record.license}."
    return text if record.base is None else f"{text} The base model has its own licence."


def _figures(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every number, text and list of them in ``values``, by its path."""
    for name, value in values.items():
        path = f"{prefix}{name}"
        if isinstance(value, Mapping):
            yield from _figures(value, f"{path}.")
        elif isinstance(value, (list, tuple)):
            if all(isinstance(each, (int, float, str)) for each in value):
                yield path, ", ".join(_shown(each) for each in value)
        elif value is not None:
            yield path, _shown(value)


def _shown(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    body = [f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |" for row in rows]
    if not body:
        return ""
    rest = [f"\n{len(body) - MAX_SHOWN} more in `release.json`."] if len(body) > MAX_SHOWN else []
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|", *body[:MAX_SHOWN], *rest]
    return "\n".join(lines)


def _section(title: str, text: str) -> str:
    return f"## {title}\n\n{text}" if text else ""
