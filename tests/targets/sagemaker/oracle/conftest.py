"""The SageMaker Python SDK offline, and the modules beside this file."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

OFFLINE = {
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_EC2_METADATA_DISABLED": "true",
    "SAGEMAKER_VALIDATE_ROLE": "false",
}


def module_beside(name: str) -> ModuleType:
    """Load a module of this folder; test folders are no packages."""
    path = Path(__file__).parent / f"{name}.py"
    specification = importlib.util.spec_from_file_location(f"oracle_{name}", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def offline() -> Iterator[None]:
    """The environment that the SDK needs to stay offline."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in OFFLINE.items():
            patch.setenv(name, value)
        # The SDK reports each use of it to AWS. Its setting against that is validated anew at every
        # look-up, 0.4 s each, so the sender itself is taken out.
        telemetry = "sagemaker.core.telemetry.telemetry_logging._send_telemetry_request"
        patch.setattr(telemetry, lambda *_, **__: None)
        yield


@pytest.fixture(scope="session")
def sdk(offline: None) -> ModuleType:
    """Builds a definition's steps with the SDK."""
    return module_beside("sdk_builder")


@pytest.fixture(scope="session")
def sdk_pipelines(offline: None) -> ModuleType:
    """Pipelines written with the SDK alone."""
    return module_beside("sdk_pipelines")


@pytest.fixture(scope="session")
def lowered() -> dict[str, Any]:
    """The definition that our lowering makes of the training pipeline."""
    from penstock.ir.reader import read_ir
    from penstock.targets.kubeflow.compiler import compile_pipeline
    from penstock.targets.sagemaker.lowering import lower

    document = compile_pipeline(module_beside("training_pipeline").training)
    return lower(read_ir(document.to_yaml())).definition


@pytest.fixture(scope="session")
def lowered_transform() -> dict[str, Any]:
    """The definition that our lowering makes of a pipeline with a transform."""
    from penstock.ir.reader import read_ir
    from penstock.targets.kubeflow.compiler import compile_pipeline
    from penstock.targets.sagemaker.lowering import lower

    document = compile_pipeline(module_beside("transform_pipeline").inference)
    return lower(read_ir(document.to_yaml())).definition


@pytest.fixture(scope="session")
def lowered_in_network() -> dict[str, dict[str, Any]]:
    """Both definitions by name, with jobs that run in the network of an environment."""
    from penstock.ir.reader import read_ir
    from penstock.targets.kubeflow.compiler import compile_pipeline
    from penstock.targets.sagemaker.lowering import lower

    wired = {
        "training": module_beside("training_pipeline").training,
        "inference": module_beside("transform_pipeline").inference,
    }
    texts = {name: compile_pipeline(each).to_yaml() for name, each in wired.items()}
    return {name: lower(read_ir(text), in_network=True).definition for name, text in texts.items()}


@pytest.fixture(scope="session")
def normalise() -> ModuleType:
    """What the two definitions are freed of before they are compared."""
    return module_beside("normalise")
