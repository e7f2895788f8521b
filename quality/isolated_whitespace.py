"""Isolated whitespace: blank lines that a prediction adds or deletes for no other change.

A metric of Zed's pipeline. A run of changed lines in which every line is blank is noise: the user
would be shown an empty suggestion. An added line with the predicted cursor in it is none, blank or
not: there the user is to write on. In a patch the cursor's marker fills that line.
"""

from quality.changed_runs import changed_runs


def has_isolated_whitespace(patch: str) -> bool:
    """Whether some run of changed lines is blank throughout.

    Raises ``InvalidPatch`` for what is no unified diff.
    """
    return any(
        not any(line.strip() for line in (*run.deleted, *run.added)) for run in changed_runs(patch)
    )
