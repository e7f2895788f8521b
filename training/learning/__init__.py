"""Learning: rows become tokens, tokens become an adapter. Only here is ``trl`` imported."""
