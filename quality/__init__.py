"""Judgement of an edit: metrics and suppressors, for serving and training alike. Pure, no I/O."""

from quality.braces import brace_imbalance
from quality.candidate import Candidate
from quality.cursor_distance import CursorDistance, cursor_distance
from quality.delta_chr_f import DeltaChrF, delta_chr_f
from quality.exact_lines import ExactLines, exact_lines
from quality.isolated_whitespace import has_isolated_whitespace
from quality.judge import judge
from quality.judge_config import JudgeConfig
from quality.kept_rate import KeptRate, kept_rate
from quality.levenshtein import LevenshteinDistance, levenshtein
from quality.reversal import Reversal, reversal
from quality.suppressors import SuppressReason
from quality.token_changes import TokenChanges, token_changes
from quality.wrong_region import is_wrong_region

__all__ = [
    "Candidate",
    "CursorDistance",
    "DeltaChrF",
    "ExactLines",
    "JudgeConfig",
    "KeptRate",
    "LevenshteinDistance",
    "Reversal",
    "SuppressReason",
    "TokenChanges",
    "brace_imbalance",
    "cursor_distance",
    "delta_chr_f",
    "exact_lines",
    "has_isolated_whitespace",
    "is_wrong_region",
    "judge",
    "kept_rate",
    "levenshtein",
    "reversal",
    "token_changes",
]
