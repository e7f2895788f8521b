"""Examples with predictions, scored rows and small tables, briefly said."""

from collections.abc import Iterable, Mapping

from prompt_format import EditEvent, PromptInput
from prompt_format.udiff import write_udiff
from training.evaluation.rows import EvaluatedPrediction, EvaluatedRow, evaluated_row
from training.evaluation.scoring import score_predictions
from training.evaluation.table import Table, TableBuilder, Unit
from training.examples import Example, ExampleSpec, Prediction

PATH = "shop/cart.py"
HEADER = f"--- a/{PATH}\n+++ b/{PATH}\n"
BEFORE = "def total(items):\n    return 0\n\nprint(total([]))\n"
AFTER = BEFORE.replace("return 0", "return sum(items)")


def patch(after: str, before: str = BEFORE, first_row: int = 0) -> str:
    """From ``before`` to ``after``; the marker in ``after`` is the predicted cursor."""
    return write_udiff(PATH, before, after, first_row)


def prediction(after: str | None = AFTER, provider: str = "student") -> Prediction:
    """What changes the excerpt to ``after``; None: an answer that could not be read."""
    return Prediction(
        provider=provider,
        actual_patch=None if after is None else patch(after),
        reason="markers_missing" if after is None else None,
        seconds=0.25,
        num_tokens=7,
    )


def example(
    *predictions: Prediction,
    expected: Iterable[str] = (AFTER,),
    events: tuple[EditEvent, ...] = (),
    name: str = "case",
    kind: str = "near",
    repository: str = "https://git.test/shop",
    revision: str = "",
) -> Example:
    """An example of ``BEFORE``, to be changed to one of the texts ``expected``."""
    return Example(
        spec=ExampleSpec(
            name=name,
            repository_url=repository,
            revision=revision,
            tags=(f"kind:{kind}",),
            cursor_path=PATH,
            expected_patches=tuple(map(patch, expected)),
        ),
        prompt_inputs=PromptInput(
            cursor_path=PATH,
            cursor_excerpt=BEFORE,
            cursor_offset_in_excerpt=BEFORE.index("0") + 1,
            excerpt_start_row=0,
            events=events,
        ),
        predictions=predictions,
        language="python",
    )


def scored(given: Example) -> Example:
    """``given`` with its scores."""
    return given.model_copy(update={"scores": score_predictions(given)})


def row(given: Example) -> EvaluatedRow:
    """``given``, scored, as a line of ``rows.jsonl``."""
    return evaluated_row(scored(given))


def metric_row(name: str, *metrics: Mapping[str, float | None], **fields: str) -> EvaluatedRow:
    """A row with these metrics, one prediction for each."""
    predictions = tuple(
        EvaluatedPrediction(provider="student", metrics=dict(each)) for each in metrics
    )
    return EvaluatedRow(key=name, name=name, predictions=predictions, **fields)


def table(rows: Iterable[EvaluatedRow], unit: Unit = "session") -> Table:
    """The rows as a table."""
    builder = TableBuilder(unit)
    for each in rows:
        builder.add(each)
    return builder.table()
