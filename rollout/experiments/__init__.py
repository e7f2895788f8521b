"""What runs and how far it has come: the document that people write, and its state."""
