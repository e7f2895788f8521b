"""Adapters that vLLM's servers load and drop while they run.

They must have been started with ``VLLM_ALLOW_RUNTIME_LORA_UPDATING=1``.
"""

from pathlib import Path

import httpx

from model.errors import EngineUnavailable

LOADING_SECONDS = 60.0


async def load(http: httpx.AsyncClient, url: str, name: str, folder: Path) -> None:
    """Have the server at ``url`` serve ``folder``, as it sees it, under ``name``, from now on.

    Raises ``EngineUnavailable``.
    """
    body = {"lora_name": name, "lora_path": str(folder), "load_inplace": True}
    status = await _tell(http, f"{url}/v1/load_lora_adapter", body)
    if status != httpx.codes.OK:
        raise EngineUnavailable(f"a server answered {status} instead of loading an adapter")


async def drop(http: httpx.AsyncClient, url: str, name: str) -> None:
    """Have the server forget ``name``, if it knows it. Raises ``EngineUnavailable``."""
    status = await _tell(http, f"{url}/v1/unload_lora_adapter", {"lora_name": name})
    if status not in (httpx.codes.OK, httpx.codes.NOT_FOUND):
        raise EngineUnavailable(f"a server answered {status} instead of dropping an adapter")


async def _tell(http: httpx.AsyncClient, url: str, body: dict[str, object]) -> int:
    try:
        return (await http.post(url, json=body, timeout=LOADING_SECONDS)).status_code
    except httpx.HTTPError as error:
        raise EngineUnavailable(f"a server failed: {type(error).__name__}") from error
