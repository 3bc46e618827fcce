"""Results and streams to look at: `plot` draws one, `live` follows the other in a notebook.

`live` needs IPython, `plot` matplotlib or plotly; an `ImportError` says what to install.
"""

from laminardb.viz.live import Live, live
from laminardb.viz.plot import plot

__all__ = ["Live", "live", "plot"]
