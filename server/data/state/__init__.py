"""What servers must not forget at a restart, besides the log: for one machine, or for several.

Users stand in it by pseudonym, as in the log.
"""
