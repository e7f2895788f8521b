"""The documented API, fuzzed against itself: no undocumented status, no shape the schema denies."""

import re
from typing import Any

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from model import FakeEngine
from server.app import create_app
from server.settings import Settings
from tests.server.conftest import MakeClient

app = create_app(Settings(), engine=FakeEngine(["1 + 1\n"]))
schema = schemathesis.openapi.from_asgi("/openapi.json", app)


@schema.parametrize()
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_conforms_to_its_schema(case: schemathesis.Case[Any]) -> None:
    case.call_and_validate(
        checks=[
            schemathesis.checks.not_a_server_error,
            status_code_conformance,
            content_type_conformance,
            response_schema_conformance,
        ]
    )


async def test_the_documentation_page_needs_no_other_server(make_client: MakeClient) -> None:
    async with make_client() as client:
        page = (await client.http.get("/docs")).text
        assert "Foretype" in page
        sources = re.findall(r'(?:src|href)="([^"]+)"', page)
        assert len(sources) >= 2
        for source in sources:
            assert source.startswith("/"), source
            assert (await client.http.get(source)).status_code == 200
