"""``python -m server.data token USER``: the token that lets a user speak for themself.

Reads ``FORETYPE_DATA_FOLDER`` and ``FORETYPE_DATA_MASTER_KEY`` as the server does.
"""

import argparse
import sys
from collections.abc import Sequence

from eventlog.opening import existing_keys
from eventlog.segments import EventLogError
from server.data.assembly import USER_TOKENS
from server.data.users.people import People
from server.settings import SettingsError, read_settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the token. Returns 2 if there is no folder, or its keys cannot be used."""
    parser = argparse.ArgumentParser("python -m server.data")
    commands = parser.add_subparsers(required=True, dest="command")
    commands.add_parser("token", help="a user's token").add_argument("user")
    options = parser.parse_args(arguments)
    try:
        config = read_settings().data
        if config.folder is None:
            raise SettingsError("FORETYPE_DATA_FOLDER is not set")
        keys = existing_keys(config.folder, config.master_key)
    except (SettingsError, EventLogError) as error:
        print(f"foretype: {error}", file=sys.stderr)
        return 2
    print(People(keys.secret(USER_TOKENS), None).token_of(options.user))
    return 0


if __name__ == "__main__":
    sys.exit(main())
