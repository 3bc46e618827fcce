"""Runs tests/sql/**/*.test against the engine. The format is described in tests/sql/README.md."""
