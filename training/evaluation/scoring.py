"""The metrics of one prediction, against the best of the expected edits.

Texts are the cursor excerpt with the patches applied. The best reference is the one with the
highest deltaChrF, then an exact match, then the highest F1 of exact lines; of equal ones the first.
All other metrics look at that one. Truths are 1.0 and 0.0; None stands where a metric says nothing.
"""

from dataclasses import dataclass

from prompt_format import PromptInput
from prompt_format.cursor_region import CURSOR_MARKER
from quality import (
    DeltaChrF,
    ExactLines,
    brace_imbalance,
    cursor_distance,
    delta_chr_f,
    exact_lines,
    has_isolated_whitespace,
    is_wrong_region,
    kept_rate,
    reversal,
    token_changes,
)
from quality.languages import language_of
from quality.syntax import count_syntax_errors
from training.evaluation.outcomes import (
    Outcome,
    excerpt_of,
    expected_outcomes,
    predicted_outcome,
    prompt_input_of,
)
from training.evaluation.windows import common_window
from training.examples import Example, Prediction, Score

Metrics = dict[str, float | None]


def score_predictions(example: Example) -> tuple[Score, ...]:
    """A score for each prediction, in order.

    Raises ``MissingSection`` or ``InvalidRow`` where there is nothing to score against.
    """
    subject = _subject(example)
    return tuple(_score(subject, prediction) for prediction in example.predictions)


@dataclass(frozen=True, slots=True)
class _Subject:
    """What all predictions of an example have in common."""

    prompt_input: PromptInput
    before: str
    references: tuple[Outcome, ...]
    language: str | None
    num_syntax_errors: int | None


@dataclass(frozen=True, slots=True)
class _Match:
    """A prediction beside one reference."""

    index: int
    reference: Outcome
    chars: DeltaChrF
    lines: ExactLines
    is_exact: bool

    @property
    def merit(self) -> tuple[float, bool, float]:
        return self.chars.delta_chr_f, self.is_exact, self.lines.f1


def _subject(example: Example) -> _Subject:
    prompt_input = prompt_input_of(example)
    references = expected_outcomes(example)
    before = excerpt_of(prompt_input)
    language = example.language or language_of(prompt_input.cursor_path)
    return _Subject(
        prompt_input, before, references, language, count_syntax_errors(before, language)
    )


def _score(subject: _Subject, prediction: Prediction) -> Score:
    actual = predicted_outcome(subject.prompt_input, prediction)
    best = _best_match(subject, actual)
    is_wanted = any(each.text != subject.before for each in subject.references)
    metrics: Metrics = {
        "wanted": float(is_wanted),
        "given": float(actual.text != subject.before),
        "usable": float(actual.reason is None),
        **_likeness(best),
        **_conduct(subject, actual, best.reference),
        "seconds": prediction.seconds,
        "num_tokens": prediction.num_tokens,
    }
    return Score(metrics=metrics, reference=best.index, reason=actual.reason)


def _best_match(subject: _Subject, actual: Outcome) -> _Match:
    matches = (
        _Match(
            index,
            reference,
            _delta_chr_f(subject.before, reference.text, actual.text),
            exact_lines(_plain(reference), _plain(actual)),
            reference.text == actual.text,
        )
        for index, reference in enumerate(subject.references)
    )
    return max(matches, key=lambda match: match.merit)


def _delta_chr_f(before: str, expected: str, actual: str) -> DeltaChrF:
    return delta_chr_f(*common_window((before, expected, actual)))


def _plain(outcome: Outcome) -> str:
    """The patch as code: where the cursor is to go is scored by itself."""
    return outcome.patch.replace(CURSOR_MARKER, "")


def _likeness(best: _Match) -> Metrics:
    chars, lines = best.chars, best.lines
    return {
        "delta_chr_f": chars.delta_chr_f,
        "delta_chr_f_precision": chars.precision,
        "delta_chr_f_recall": chars.recall,
        "delta_chr_f_true_positives": chars.true_positives,
        "delta_chr_f_false_positives": chars.false_positives,
        "delta_chr_f_false_negatives": chars.false_negatives,
        "exact_lines_true_positives": lines.true_positives,
        "exact_lines_false_positives": lines.false_positives,
        "exact_lines_false_negatives": lines.false_negatives,
        "exact_match": float(best.is_exact),
    }


def _conduct(subject: _Subject, actual: Outcome, reference: Outcome) -> Metrics:
    before, errors = subject.before, subject.num_syntax_errors
    kept = kept_rate(*common_window((before, actual.text, reference.text)))
    changes = token_changes(actual.patch)
    cursor = cursor_distance(reference.cursor, actual.cursor)
    is_silent = actual.text == before
    after = errors if is_silent else count_syntax_errors(actual.text, subject.language)
    return {
        "kept_rate": kept.kept_rate,
        "recall_rate": kept.recall_rate,
        "reversal_ratio": 0.0 if is_silent else _reversal_ratio(subject.prompt_input, actual.text),
        "syntax_errors_before": errors,
        "syntax_errors_after": after,
        "brace_imbalance": brace_imbalance(before, actual.text),
        "wrong_region": float(is_wrong_region(before, reference.text, actual.text)),
        "isolated_whitespace": float(has_isolated_whitespace(actual.patch)),
        "cursor_exact": None if cursor is None else float(cursor.is_exact),
        "cursor_distance": None if cursor is None else cursor.distance_bytes,
        "inserted_tokens": changes.inserted,
        "deleted_tokens": changes.deleted,
    }


def _reversal_ratio(prompt_input: PromptInput, text: str) -> float:
    """The excerpt may lack a last newline, the text after it never does."""
    had_newline = prompt_input.cursor_excerpt.endswith("\n")
    return reversal(prompt_input, text if had_newline else text.removesuffix("\n")).ratio
