"""A rendered training row: what the model reads and what it should answer, as text.

``format`` writes these rows with the code that serves; ``train`` reads them. The loss counts on
``completion`` (or ``rejected``, for preference training) alone.
"""

from training.examples import Record, Stamp


class TrainingRow(Record):
    """``prompt`` and ``completion`` joined are the text; no token spans both.

    ``special_tokens`` are the markers that are encoded as single tokens; all else is plain text,
    which a marker in user code can never leave. ``completion`` ends with the token that ends an
    answer.
    """

    name: str
    prompt: str
    completion: str
    rejected: str | None = None
    special_tokens: tuple[str, ...] = ()
    prompt_format: str
    split: str | None = None
    language: str | None = None
    repository_url: str = ""
    tags: tuple[str, ...] = ()
    provenance: tuple[Stamp, ...] = ()
