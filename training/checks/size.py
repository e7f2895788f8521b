"""Is a prediction of a size that a programmer would want?"""

from prompt_format.code_tokens import tokenize
from quality import JudgeConfig
from quality.suppressors import mass_deletion as deletes_much
from quality.suppressors import repetition_loop
from training.checks.change import Change
from training.checks.config import CheckConfig
from training.examples import Finding

MASS_DELETION = "mass_deletion"
WHITESPACE = "whitespace_only"
TOO_LARGE = "too_large"
REPEATS = "repetition_loop"


def mass_deletion(change: Change, config: CheckConfig) -> Finding | None:
    """How many filled lines go, net, as serving counts them."""
    candidate = change.candidate
    if candidate is None or not deletes_much(candidate, _judge(config)):
        return None
    num_lines = _num_filled(change.old) - _num_filled(change.new)
    message = f"It deletes {num_lines} lines and puts little in their place."
    return Finding(check=MASS_DELETION, value=float(num_lines), message=message)


def repeats(change: Change, config: CheckConfig) -> Finding | None:
    """The number of lines that a prediction grows by while it says the same over and over."""
    candidate = change.candidate
    if candidate is None or not repetition_loop(candidate, _judge(config)):
        return None
    num_lines = max(0, _num_filled(change.new) - _num_filled(change.old))
    message = "It repeats the same lines over and over."
    return Finding(check=REPEATS, value=float(num_lines), message=message)


def whitespace_only(change: Change, config: CheckConfig) -> Finding | None:
    """How many characters are inserted or deleted where all of them are blank."""
    if _packed(change.old) != _packed(change.new):
        return None
    num_chars = sum(len(edit.old_text) + len(edit.new_text) for edit in change.edits)
    message = "It changes nothing but blanks and line ends."
    return Finding(check=WHITESPACE, value=float(num_chars), message=message)


def too_large(change: Change, config: CheckConfig) -> Finding | None:
    """By how many words and signs the file grows."""
    num_tokens = sum(
        _num_tokens(edit.new_text) - _num_tokens(edit.old_text) for edit in change.edits
    )
    if num_tokens <= config.max_inserted_tokens:
        return None
    message = (
        f"It inserts {num_tokens} words and signs: too large or speculative. Predict an outline or"
        " only the first step."
    )
    return Finding(check=TOO_LARGE, value=float(num_tokens), message=message)


def _judge(config: CheckConfig) -> JudgeConfig:
    return JudgeConfig(
        mass_deletion_rate=config.mass_deletion_rate,
        mass_deletion_lines=config.mass_deletion_lines,
        emptied_region_lines=config.emptied_region_lines,
        repetition_count=config.repetition_count,
    )


def _num_filled(text: str) -> int:
    return sum(1 for line in text.split("\n") if line.strip())


def _num_tokens(text: str) -> int:
    return sum(1 for token in tokenize(text) if token.strip())


def _packed(text: str) -> str:
    return "".join(text.split())
