"""The benchmarks are run from the project's root and not installed: let the tests find them."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
