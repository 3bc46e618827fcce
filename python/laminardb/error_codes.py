"""Another name of `laminardb.codes`."""

from laminardb.codes import *  # noqa: F403
from laminardb.codes import __all__ as __all__
