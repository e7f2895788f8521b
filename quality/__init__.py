"""Judgement of an edit: metrics and suppressors, for serving and training alike. Pure, no I/O."""

from quality.candidate import Candidate
from quality.delta_chr_f import DeltaChrF, delta_chr_f
from quality.exact_lines import ExactLines, exact_lines
from quality.judge import judge
from quality.judge_config import JudgeConfig
from quality.kept_rate import KeptRate, kept_rate
from quality.levenshtein import LevenshteinDistance, levenshtein
from quality.reversal import Reversal, reversal
from quality.suppressors import SuppressReason

__all__ = [
    "Candidate",
    "DeltaChrF",
    "ExactLines",
    "JudgeConfig",
    "KeptRate",
    "LevenshteinDistance",
    "Reversal",
    "SuppressReason",
    "delta_chr_f",
    "exact_lines",
    "judge",
    "kept_rate",
    "levenshtein",
    "reversal",
]
