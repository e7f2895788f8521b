"""An engine on other machines: one or more of vLLM's OpenAI servers, over HTTP."""
