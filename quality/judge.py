"""The judgement between parsing an edit and showing it. Pure, and well under a millisecond."""

from quality.candidate import Candidate
from quality.judge_config import JudgeConfig
from quality.suppressors import SUPPRESSORS, SuppressReason

_DEFAULTS = JudgeConfig()


def judge(candidate: Candidate, config: JudgeConfig = _DEFAULTS) -> SuppressReason | None:
    """The first reason not to show the prediction; None if it may be shown."""
    for reason, applies in SUPPRESSORS:
        if applies(candidate, config):
            return reason
    return None
