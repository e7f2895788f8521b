"""Worker processes that end with the run that started them, whatever ends it."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import forkserver
from multiprocessing.connection import wait
from typing import Any


def process_pool(
    num_processes: int,
    preload: str,
    initializer: Callable[..., object] | None = None,
    initargs: tuple[Any, ...] = (),
) -> ProcessPoolExecutor:
    """A pool of ``num_processes`` that have imported ``preload``.

    They hear no interrupt from the terminal: it is for the run to stop them.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([preload])
    _start_server()
    return ProcessPoolExecutor(
        num_processes, context, initializer=_start, initargs=(initializer, initargs)
    )


def _start_server() -> None:
    """The server and all that it forks ignore what is ignored when it starts."""
    if threading.current_thread() is not threading.main_thread():
        return  # only the main thread may say what a signal does
    heard = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        forkserver.ensure_running()
    finally:
        signal.signal(signal.SIGINT, heard)


def _start(initializer: Callable[..., object] | None, initargs: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if initializer is not None:
        initializer(*initargs)


def _end_with_parent() -> None:
    """A worker whose run was killed would wait for work for ever."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)
