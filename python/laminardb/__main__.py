"""`python -m laminardb` is the `laminardb` command."""

import sys

from laminardb.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
