"""`… OURS THEIRS`: exit with 0 if two definitions are equal after the tests' normalising."""

import json
import sys
from pathlib import Path

from benchmarks.bodies.sagemaker_sdk import oracle

if __name__ == "__main__":
    ours, theirs = (json.loads(Path(name).read_text()) for name in sys.argv[1:])
    normalised = oracle("normalise").normalised
    sys.exit(0 if normalised(ours) == normalised(theirs) else "the definitions differ")
