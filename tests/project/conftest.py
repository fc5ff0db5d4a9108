import sys
from pathlib import Path

# The modules of this folder import one another by name.
sys.path.insert(0, str(Path(__file__).parent))
