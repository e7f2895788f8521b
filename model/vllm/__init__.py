"""vLLM as an engine: in this process, or as a server that ``python -m model vllm-serve`` starts.

Importing this package loads nothing of vLLM; ``engine`` does.
"""
