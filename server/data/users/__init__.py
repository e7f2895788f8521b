"""A user's say over what is held: who may speak, what there is, that it be gone."""
