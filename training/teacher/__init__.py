"""The teacher: a large model behind an endpoint, asked live or in batches, each answer paid once.

It knows prompts and answers; which examples are asked and what becomes of the answers is for the
stages to say.
"""
