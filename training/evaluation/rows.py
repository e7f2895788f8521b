"""A line of ``rows.jsonl``: an evaluated example without its code, enough to compare runs by."""

import hashlib

from training.errors import MissingSection
from training.examples import Example, Record

KIND = "kind:"
UNKNOWN = "unknown"


class EvaluatedPrediction(Record):
    """One prediction's score; ``reason`` says why there is no edit, if anything does."""

    provider: str
    metrics: dict[str, float | None]
    reason: str | None = None


class EvaluatedRow(Record):
    """``key`` stands for what was asked and expected; ``session`` for what hangs together."""

    key: str
    name: str
    repository_url: str = ""
    language: str = UNKNOWN
    kind: str = UNKNOWN
    session: str = ""
    predictions: tuple[EvaluatedPrediction, ...] = ()


def evaluated_row(example: Example, provider: str | None = None) -> EvaluatedRow:
    """``example`` with the scores of ``provider``, or of all. Raises ``MissingSection``."""
    if len(example.scores) != len(example.predictions):
        raise MissingSection(f"example {example.spec.name!r} has no scores; run score first")
    pairs = zip(example.predictions, example.scores, strict=True)
    return EvaluatedRow(
        key=key_of(example),
        name=example.spec.name,
        repository_url=example.spec.repository_url,
        language=example.language or UNKNOWN,
        kind=kind_of(example),
        session=_session_of(example),
        predictions=tuple(
            EvaluatedPrediction(
                provider=prediction.provider,
                metrics=score.metrics,
                reason=score.reason or prediction.reason,
            )
            for prediction, score in pairs
            if provider is None or prediction.provider == provider
        ),
    )


def key_of(example: Example) -> str:
    """A digest of name, excerpt, cursor and expected patches: of what two runs have to share."""
    digest = hashlib.sha256(example.spec.name.encode())
    given = example.prompt_inputs
    if given is not None:
        digest.update(f"\0{given.cursor_path}\0{given.cursor_offset_in_excerpt}\0".encode())
        digest.update(given.excerpt_bytes)
    for patch in example.spec.expected_patches:
        digest.update(b"\0" + patch.encode())
    return digest.hexdigest()[:20]


def kind_of(example: Example) -> str:
    """The first tag ``kind:…``."""
    kinds = (tag.removeprefix(KIND) for tag in example.spec.tags if tag.startswith(KIND))
    return next(kinds, UNKNOWN)


def _session_of(example: Example) -> str:
    """The session of typing, else the commit; empty if neither is known."""
    if example.session:
        return example.session
    spec = example.spec
    return f"{spec.repository_url}@{spec.revision}" if spec.revision else ""
