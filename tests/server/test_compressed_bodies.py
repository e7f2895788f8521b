"""Bodies that clients compress: unpacked, to the limit of plain ones and not a byte further."""

import gzip
import json
import resource
from typing import Any

import pytest
import zstandard

from tests.server.conftest import MakeClient

BODY = json.dumps({"path": "a.py", "text": "x = ", "cursor": 4}).encode()
PACKED: dict[str, Any] = {"zstd": zstandard.compress, "gzip": gzip.compress}
BOMB_BYTES = 1 << 30
MEGABYTE_IN_KILOBYTES = 1024


@pytest.mark.parametrize("encoding", PACKED)
async def test_a_packed_request(make_client: MakeClient, encoding: str) -> None:
    async with make_client() as client:
        answer = await client.http.post(
            "/v1/predict",
            content=PACKED[encoding](BODY),
            headers={"content-encoding": encoding, "content-type": "application/json"},
        )
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("encoding", "content", "status", "code"),
    [
        ("zstd", b"no such thing", 400, "invalid_encoding"),
        ("gzip", b"no such thing", 400, "invalid_encoding"),
        ("gzip", gzip.compress(BODY)[:-4], 400, "invalid_encoding"),
        ("zstd", zstandard.compress(BODY)[:-4], 422, "invalid_request"),
        ("br", b"anything", 415, "unsupported_encoding"),
        ("zstd", zstandard.compress(b" " * 2_097_153), 413, "body_too_large"),
        ("gzip", gzip.compress(b" " * 2_097_153), 413, "body_too_large"),
    ],
)
async def test_bodies_that_are_refused(
    make_client: MakeClient, encoding: str, content: bytes, status: int, code: str
) -> None:
    async with make_client() as client:
        answer = await client.http.post(
            "/v1/settled", content=content, headers={"content-encoding": encoding}
        )
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


async def test_a_bomb_takes_no_memory(make_client: MakeClient) -> None:
    """A gigabyte in thirty kilobytes, with its size stated and without."""
    stated = zstandard.compress(b"\0" * BOMB_BYTES)
    packer = zstandard.ZstdCompressor().compressobj()
    parts = [packer.compress(b"\0" * (1 << 20)) for _each in range(BOMB_BYTES >> 20)]
    unstated = b"".join([*parts, packer.flush()])
    async with make_client() as client:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for content in (stated, unstated):
            answer = await client.http.post(
                "/v1/settled", content=content, headers={"content-encoding": "zstd"}
            )
            assert answer.status_code == 413
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 64 * MEGABYTE_IN_KILOBYTES
