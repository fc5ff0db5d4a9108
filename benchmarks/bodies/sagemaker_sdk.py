"""`… DEFINITION OUTPUT`: the SageMaker Python SDK builds the pipeline that DEFINITION holds.

The SDK's own classes build every step, offline, from the names, URIs, sizes and references in
DEFINITION, in place of a program that has them as literals: the tests' witness does the same.
"""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

ORACLE = Path(__file__).resolve().parents[2] / "tests/targets/sagemaker/oracle"


def oracle(name: str) -> ModuleType:
    """Load a module of the tests' witness; test folders are no packages."""
    specification = importlib.util.spec_from_file_location(f"oracle_{name}", ORACLE / f"{name}.py")
    if specification is None or specification.loader is None:
        raise FileNotFoundError(ORACLE / f"{name}.py")
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


if __name__ == "__main__":
    given = json.loads(Path(sys.argv[1]).read_text())
    built = oracle("sdk_builder").build_with_sdk(given, "training")
    Path(sys.argv[2]).write_text(json.dumps(built))
