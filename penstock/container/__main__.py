"""`python3 -m penstock.container processing|training …`, `train` or `serve`."""

import sys

from penstock.container.adapter import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
