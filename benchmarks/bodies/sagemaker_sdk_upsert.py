"""`… DEFINITION NAME ROLE`: the SageMaker Python SDK builds a pipeline and upserts it."""

import json
import sys
from pathlib import Path

from benchmarks.bodies.sagemaker_sdk import oracle

if __name__ == "__main__":
    given = json.loads(Path(sys.argv[1]).read_text())
    pipeline = oracle("sdk_builder").SdkBuilder(given).pipeline(sys.argv[2])
    pipeline.upsert(role_arn=sys.argv[3])
