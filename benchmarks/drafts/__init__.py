"""How many steps drafts save, without a model: what developers wrote stands for its answers."""
