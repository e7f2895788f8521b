"""What every engine refuses."""

from model.engine import GenerationRequest
from model.errors import PromptTooLong


def check_fits(request: GenerationRequest, max_context_tokens: int) -> None:
    """Raises ``PromptTooLong`` if prompt and answer do not fit into the context together."""
    num_prompt = len(request.prompt_tokens)
    if num_prompt + request.max_tokens > max_context_tokens:
        raise PromptTooLong(
            f"{num_prompt} prompt tokens and {request.max_tokens} to generate"
            f" exceed the context of {max_context_tokens} tokens"
        )
