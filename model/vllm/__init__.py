"""vLLM as an engine: in this process, or as a server that ``python -m server.vllm`` starts.

Importing this package loads nothing of vLLM; ``engine`` does.
"""
