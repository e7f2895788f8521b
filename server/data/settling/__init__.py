"""Watches predicted regions until they have settled, for clients that do not do it themselves."""
