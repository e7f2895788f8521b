"""The HTTP routes: each parses, calls the service, answers."""
