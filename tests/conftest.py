"""How property tests choose their examples, and how threads wait.

``make test`` uses Hypothesis' own profile ``ci``: the same examples every time, so that a failure
is a change's own. ``make explore`` looks further.
"""

from hypothesis import settings

from model.threads import limit_spinning

limit_spinning()  # before any test loads torch
settings.register_profile("explore", deadline=None, print_blob=True)
