"""Whether a key changes the prompt above the line that is being typed is an arm's choice."""

import pytest

from model import FakeEngine
from rollout import RolloutConfig
from server.settings import Settings
from tests.server.conftest import MakeClient


@pytest.mark.parametrize("typed_line", [True, False])
async def test_a_key_changes_what_stands_before_its_line_only_if_the_history_shows_it(
    make_client: MakeClient, typed_line: bool
) -> None:
    settings = Settings(rollout=RolloutConfig(prompt_format="foretype-span", typed_line=typed_line))
    async with make_client(FakeEngine([""]), settings) as client:
        asked = len(client.engine.requests)
        for line in ("    return p", "    return pr"):
            text = f"def total(price):\n{line}\n"
            diff = f"@@ -1 +1,2 @@\n def total(price):\n+{line}\n"
            events = [{"path": "a.py", "diff": diff}]
            cursor = len(text) - 1
            await client.predict(path="a.py", text=text, cursor=cursor, events=events)
        first, second = (request.prompt_tokens for request in list(client.engine.requests)[asked:])
        assert (second[: len(first)] == first) is not typed_line
