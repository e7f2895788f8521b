"""What the handlers get from the app that they belong to, typed."""

from typing import Annotated

from fastapi import Depends, Request

from server.state import AppState


def _state(request: Request) -> AppState:
    state = request.app.state.foretype
    assert isinstance(state, AppState)
    return state


State = Annotated[AppState, Depends(_state)]
