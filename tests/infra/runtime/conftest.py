import sys
from pathlib import Path

# What kills handlers is shared by their tests, which are no packages.
sys.path.insert(0, str(Path(__file__).resolve().parent))
