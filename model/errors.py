"""What can go wrong in an engine, one class for each thing a caller would treat differently."""

from typing import ClassVar


class EngineError(Exception):
    """Base class. ``code`` is the stable, machine-readable name.

    The message never holds user code.
    """

    code: ClassVar[str] = "engine_error"


class PromptTooLong(EngineError):
    """Prompt and answer do not fit into the model's context window."""

    code = "prompt_too_long"


class EngineOverloaded(EngineError):
    """The engine's queue is full. Trying again later helps."""

    code = "overloaded"


class EngineUnavailable(EngineError):
    """The engine is not started, is shutting down, or broke."""

    code = "unavailable"


class ModelFilesError(EngineError):
    """Model files are missing or damaged. The message names the file and the remedy."""

    code = "model_files"


class UnencodableText(EngineError, ValueError):
    """The text holds a lone surrogate, which no UTF-8 and therefore no token stands for."""

    code = "unencodable_text"

    def __init__(self, position: int) -> None:
        super().__init__(f"text holds a lone surrogate at character {position}")
