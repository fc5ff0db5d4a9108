"""The shapes come from the installed botocore, without loading it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from botocore.loaders import Loader

from penstock.targets.sagemaker.validation.service_model import service_shapes
from penstock.targets.sagemaker.validation.step_types import STEP_TYPES

GOOD = Path(__file__).parent / "good_definition.json"
CHECK = f"""
import sys
from pathlib import Path
from penstock.targets.sagemaker.validation import check_definition_text
text = Path({str(GOOD)!r}).read_text(encoding="utf-8")
assert check_definition_text(text, "definition.json") == []
print(sorted(name for name in ("boto3", "botocore", "kfp", "pandas") if name in sys.modules))
"""


def test_the_shapes_are_those_that_botocore_would_load() -> None:
    loaded = Loader().load_service_model("sagemaker", "service-2")["shapes"]
    assert {name: service_shapes("sagemaker").shape(name) for name in loaded} == loaded


def test_a_check_loads_no_heavy_library() -> None:
    printed = subprocess.run(
        [sys.executable, "-c", CHECK], capture_output=True, text=True, check=True
    ).stdout
    assert printed == "[]\n"


def test_every_shape_of_a_step_type_exists() -> None:
    for step_type in STEP_TYPES.values():
        if step_type.request:
            members = service_shapes("sagemaker").members(step_type.request)
            assert set(step_type.generated) <= set(members)
        for service, shape in step_type.responses:
            assert service_shapes(service).members(shape)
