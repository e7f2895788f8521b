"""``python -m server.data``: a user's consents and data, by whoever runs the server.

    token USER                                the token that lets the user speak for themself
    consents USER                             the consents that stand
    grant USER PROJECT [--license FILE]       give consent for a project, or with * for all
    revoke USER PROJECT                       take it back
    export USER                               everything that is held, one record a line
    erase USER                                make it unreadable, at once and for good

Reads the settings as the server does, above all where its keys lie, and asks the server that runs
(``--server``). Exit status 1: the server refuses; 2: it could not be asked.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from eventlog.keys import UserKeys
from eventlog.opening import existing_keys
from eventlog.segments import EventLogError
from server.data.assembly import USER_TOKENS
from server.data.config import DataConfig
from server.data.users.people import People
from server.settings import Settings, SettingsError, read_settings

ANSWER_SECONDS = 60.0
SOURCE = "command line"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        settings = read_settings()
        people = People(_keys(settings.data).secret(USER_TOKENS), None)
        token = people.token_of(options.user)
        if options.command == "token":
            print(token)
            return 0
        address = options.server or _address(settings)
        headers = {"authorization": f"Bearer {token}"}
        with httpx.Client(base_url=address, headers=headers, timeout=ANSWER_SECONDS) as http:
            return _ask(http, options, settings.data.policy_version)
    except (SettingsError, EventLogError, OSError, ValueError) as error:
        print(f"foretype: {error}", file=sys.stderr)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        print(f"foretype: the server does not answer: {type(error).__name__}", file=sys.stderr)
    return 2


def _ask(http: httpx.Client, options: argparse.Namespace, policy_version: str) -> int:
    method, path, details = _request(options, policy_version)
    url = f"/v1/users/{quote(options.user, safe='')}/{path}"
    with http.stream(method, url, **details) as answer:
        output = sys.stdout if answer.is_success else sys.stderr
        for text in answer.iter_text():
            output.write(text)
        if answer.headers.get("content-type") == "application/json":
            output.write("\n")
    return int(not answer.is_success)


def _request(options: argparse.Namespace, policy_version: str) -> tuple[str, str, dict[str, Any]]:
    match options.command:
        case "grant":
            body = {"project": options.project, "policy_version": policy_version, "source": SOURCE}
            if options.license is not None:
                body["license_text"] = options.license.read_text()
            return "PUT", "consents", {"json": body}
        case "revoke":
            return "DELETE", "consents", {"params": {"project": options.project}}
        case "export":
            return "GET", "data", {}
        case "erase":
            return "DELETE", "data", {}
        case _:
            return "GET", "consents", {}


def _keys(config: DataConfig) -> UserKeys:
    place = config.folder or config.redis
    if place is None:
        raise SettingsError("neither FORETYPE_DATA_FOLDER nor FORETYPE_DATA_REDIS is set")
    return existing_keys(place, config.master_key)


def _address(settings: Settings) -> str:
    """Of the server on this machine that has the same settings."""
    host = settings.server.host
    host = "127.0.0.1" if host in ("0.0.0.0", "::") else host
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.server.port}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m server.data", description="A user's data.")
    commands = parser.add_subparsers(required=True, dest="command")
    for name, text in (
        ("token", "the token that lets the user speak for themself"),
        ("consents", "the consents that stand"),
        ("grant", "give consent for a project"),
        ("revoke", "take consent back"),
        ("export", "everything that is held"),
        ("erase", "make it unreadable, at once and for good"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("user")
        if name in ("grant", "revoke"):
            command.add_argument("project", help="as in predictions; * is all")
        if name == "grant":
            command.add_argument("--license", type=Path, help="the project's licence file")
        if name != "token":
            command.add_argument("--server", help="the server's URL, if it is elsewhere")
    return parser


if __name__ == "__main__":
    sys.exit(main())
