"""Tests of the engines. Loaded before any of them loads an inference library."""

from model.threads import limit_spinning

limit_spinning()
