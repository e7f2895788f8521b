"""The commands of ``python -m rollout``, each a function of its options."""
