"""`… FOLDER`: all steps in this process, one after the other: the floor of a whole run."""

import sys
from pathlib import Path

from benchmarks.bodies import steps

if __name__ == "__main__":
    for name in steps.NAMES:
        if not steps.run(name, Path(sys.argv[1])):
            sys.exit("a gate failed: nothing to register")
