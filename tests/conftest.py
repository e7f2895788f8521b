"""How property tests choose their examples.

``make test`` uses Hypothesis' own profile ``ci``: the same examples every time, so that a failure
is a change's own. ``make explore`` looks further.
"""

from hypothesis import settings

settings.register_profile("explore", deadline=None, print_blob=True)
