"""Adapters that vLLM's servers load and drop while they run.

They must have been started with ``VLLM_ALLOW_RUNTIME_LORA_UPDATING=1``. A router passes such a
request on to one of its servers, with a session's header to that session's.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from model.errors import EngineUnavailable

LOADING_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Adapter:
    """An adapter's name here, and its folder as servers see it, whose files never change."""

    name: str
    folder: Path

    @property
    def served_name(self) -> str:
        """Its name there: a server that still has another folder's does not answer with that."""
        return f"{self.name}-{hashlib.blake2b(bytes(self.folder), digest_size=6).hexdigest()}"


async def load(
    http: httpx.AsyncClient, url: str, adapter: Adapter, headers: Mapping[str, str] | None = None
) -> None:
    """Have the server at ``url`` serve ``adapter`` from now on. Raises ``EngineUnavailable``."""
    body = {
        "lora_name": adapter.served_name,
        "lora_path": str(adapter.folder),
        "load_inplace": True,
    }
    status = await _tell(http, f"{url}/v1/load_lora_adapter", body, headers)
    if status != httpx.codes.OK:
        raise EngineUnavailable(f"a server answered {status} instead of loading an adapter")


async def drop(http: httpx.AsyncClient, url: str, adapter: Adapter) -> None:
    """Have the server forget ``adapter``, if it knows it. Raises ``EngineUnavailable``."""
    body = {"lora_name": adapter.served_name}
    status = await _tell(http, f"{url}/v1/unload_lora_adapter", body)
    if status not in (httpx.codes.OK, httpx.codes.NOT_FOUND):
        raise EngineUnavailable(f"a server answered {status} instead of dropping an adapter")


async def _tell(
    http: httpx.AsyncClient,
    url: str,
    body: Mapping[str, object],
    headers: Mapping[str, str] | None = None,
) -> int:
    try:
        answer = await http.post(url, json=body, headers=headers, timeout=LOADING_SECONDS)
        return answer.status_code
    except httpx.HTTPError as error:
        raise EngineUnavailable(f"a server failed: {type(error).__name__}") from error
