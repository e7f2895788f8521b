"""From trained weights to a release: the folder, its card, and what was learnt from."""
