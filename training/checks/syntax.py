"""Does a prediction break the syntax of the file?"""

from quality.syntax import count_syntax_errors
from training.checks.change import Change
from training.checks.config import CheckConfig
from training.examples import Finding

SYNTAX = "syntax_errors_added"


def syntax_errors_added(change: Change, config: CheckConfig) -> Finding | None:
    """How many more errors a parser finds in the excerpt than before; nothing without a grammar."""
    after = count_syntax_errors(change.new, change.state.language)
    if after is None or after <= config.max_added_syntax_errors:
        return None  # whatever there was before, which takes as long to find out
    before = change.state.num_syntax_errors or 0
    if after - before <= config.max_added_syntax_errors:
        return None
    message = f"It adds {after - before} syntax errors ({before} before, {after} after)."
    return Finding(check=SYNTAX, value=float(after - before), message=message)
