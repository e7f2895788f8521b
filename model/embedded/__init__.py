"""The engine that runs a small Llama model inside this process, on the processor."""
