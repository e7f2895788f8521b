"""What may be kept of someone's code: licences, secrets, paths that never may."""
