"""``GET /metrics`` as Prometheus reads it."""

from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from model import FakeEngine
from tests.server.conftest import MakeClient

STAGES = {"type_through", "render", "queue", "prefill", "decode", "parse", "judge", "total"}


async def test_a_prediction_is_counted_with_its_stages(make_client: MakeClient) -> None:
    async with make_client(FakeEngine(["1 + 1\n"])) as client:
        before = await client.metric('foretype_predictions_total{arm="control",result="edit"}')
        await client.predict(path="a.py", text="x = ", cursor=4)
        after = await client.metric('foretype_predictions_total{arm="control",result="edit"}')
        text = (await client.http.get("/metrics")).text
    assert after == before + 1
    families = {family.name: family for family in parse_text(text)}
    stages = {
        sample.labels["stage"] for sample in families["foretype_stage_duration_seconds"].samples
    }
    assert stages == STAGES
    durations = families["foretype_request_duration_seconds"].samples
    ours = [s for s in durations if s.labels["endpoint"] == "/v1/predict"]
    assert {s.labels["outcome"] for s in ours} == {"edit"}
    assert {s.labels["arm"] for s in ours} == {"control"}
    below_300_ms = {float(s.labels["le"]) for s in ours if "le" in s.labels}
    assert len([bound for bound in below_300_ms if bound <= 0.3]) >= 12
    assert families["foretype_ready"].samples[0].value == 1


async def test_openmetrics_is_answered_when_asked_for(make_client: MakeClient) -> None:
    async with make_client() as client:
        response = await client.http.get(
            "/metrics", headers={"accept": "application/openmetrics-text; version=1.0.0"}
        )
    assert response.headers["content-type"].startswith("application/openmetrics-text")
    assert any(f.name == "foretype_predictions" for f in parse_openmetrics(response.text))


async def test_failures_are_counted_under_their_code(make_client: MakeClient) -> None:
    async with make_client() as client:
        await client.http.post("/v1/predict", json={"path": "a.py", "text": "x", "cursor": 7})
        await client.http.get("/nowhere")
        text = (await client.http.get("/metrics")).text
    prefix = "foretype_request_duration_seconds_count"
    assert f'{prefix}{{arm="",endpoint="/v1/predict",model="",outcome="invalid_range"}} 1.0' in text
    assert f'{prefix}{{arm="",endpoint="unmatched",model="",outcome="not_found"}} 1.0' in text


async def test_models_lists_what_is_served(make_client: MakeClient) -> None:
    async with make_client() as client:
        answer = (await client.http.get("/v1/models")).json()
    assert answer["object"] == "list"
    [served] = answer["data"]
    assert served["id"] == "fake"
    assert served["arms"][0]["arm"] == "control"
    assert served["arms"][0]["prompt_format"] == "completion"
