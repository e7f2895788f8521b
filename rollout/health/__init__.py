"""What arms do right now, minute by minute: for what cannot wait until it is significant."""
