"""``python -m server``: read the settings, load the model, serve until told to stop."""

import asyncio
import sys
from contextlib import suppress
from functools import partial

import uvicorn
from fastapi import FastAPI

from eventlog.segments import EventLogError
from model import Engine, EngineError, build_engine
from server.app import create_app
from server.banner import banner
from server.logs import configure_logs
from server.settings import Settings, SettingsError, read_settings
from server.state import AppState

SHUTDOWN_SECONDS = 5
CANNOT_START = 2


def main() -> int:
    """Serve. Prints one line and returns 2 when settings or model files keep it from starting."""
    try:
        settings = read_settings()
        configure_logs(settings.server.log_level)
        engine = build_engine(settings.model, settings.vllm, settings.remote)
        server = _http_server(settings, engine)
        with (
            suppress(KeyboardInterrupt),
            asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner,
        ):
            # Before the port is opened, so that an unusable data folder or unusable model files end
            # the start with their name.
            runner.run(_start(server, engine))
            runner.run(server.serve())
    except (SettingsError, EngineError, EventLogError) as error:
        print(f"foretype: cannot start: {error}", file=sys.stderr)
        return CANNOT_START
    return 0 if server.started else 1


async def _start(server: uvicorn.Server, engine: Engine) -> None:
    app = server.config.app
    assert isinstance(app, FastAPI)
    state = app.state.foretype
    assert isinstance(state, AppState)
    state.data.start()
    await engine.start()


def _http_server(settings: Settings, engine: Engine) -> uvicorn.Server:
    host, port = settings.server.host, settings.server.port
    announce = partial(print, banner(host, port), flush=True)
    config = uvicorn.Config(
        create_app(settings, engine=engine, on_ready=announce),
        host=host,
        port=port,
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    return uvicorn.Server(config)


if __name__ == "__main__":
    sys.exit(main())
