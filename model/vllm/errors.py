"""vLLM's exceptions as ours, in one place."""

from collections.abc import Iterator
from contextlib import contextmanager

from vllm.v1.engine.exceptions import EngineDeadError

from model.errors import EngineError, EngineOverloaded, EngineUnavailable, PromptTooLong

OVERFLOW = "QueueOverflowError"
"""By its name: where it is defined has moved between versions."""


@contextmanager
def translated() -> Iterator[None]:
    """Raise ``EngineError``s instead of what vLLM raises. Messages hold no user code."""
    try:
        yield
    except EngineError:
        raise
    except EngineDeadError as error:
        raise EngineUnavailable("the engine's process has ended") from error
    except Exception as error:
        name = type(error).__name__
        if name == OVERFLOW:
            raise EngineOverloaded("the engine's queue is full") from error
        if isinstance(error, ValueError) and "longer than the maximum" in str(error):
            raise PromptTooLong("the prompt exceeds the model's context") from error
        raise EngineUnavailable(f"the engine failed: {name}") from error
