"""Makes tests/reference and tests/runner importable as `reference` and `runner`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
