"""The server's settled texts are those of a client that watches its regions itself."""

import pytest

from tests.server.data.settling.sessions import play

SEEDS_AT_ONCE = 100


@pytest.mark.parametrize("part", range(10))
@pytest.mark.parametrize("sends_edits", [True, False], ids=["edits", "requests"])
def test_server_and_client_agree(part: int, sends_edits: bool) -> None:
    """A thousand sessions of each kind: with numbered edits that come late, out of order and
    twice; and with nothing but a request after each edit."""
    num_settled = 0
    for seed in range(part * SEEDS_AT_ONCE, (part + 1) * SEEDS_AT_ONCE):
        by_client, by_server, dropped = play(seed, sends_edits=sends_edits)
        assert by_server.keys() <= by_client.keys()
        assert len(by_server) + len(dropped) == len(by_client), seed
        told = {name: text for name, text in by_client.items() if text is not None}
        compared = told.keys() & by_server.keys()
        assert {name: told[name] for name in compared} == {
            name: by_server[name] for name in compared
        }, seed
        num_settled += len(compared)
    assert num_settled > 5 * SEEDS_AT_ONCE
