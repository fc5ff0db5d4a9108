"""`python -m benchmarks.bodies.one_step NAME FOLDER`: one step in a process of its own."""

import sys
from pathlib import Path

from benchmarks.bodies import steps

if __name__ == "__main__":
    print(steps.run(sys.argv[1], Path(sys.argv[2])))
