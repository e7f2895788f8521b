"""The native HTTP API's shapes, and their translation to and from the domain."""
