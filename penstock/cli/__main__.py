"""`python -m penstock.cli` is the command `pipeline`."""

import sys

from penstock.cli.main import main

sys.exit(main())
