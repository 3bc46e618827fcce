"""The command line: `laminardb`, also `python -m laminardb`. See docs/shell.md.

The public entry is `laminardb.cli.main.main`. What only draws and reads text needs nothing beside the package; the
interactive shell needs prompt_toolkit and the live demo rich, which the extra `cli` installs.
"""
