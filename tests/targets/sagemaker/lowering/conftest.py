import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from kfp import compiler

from penstock.ir import Pipeline, read_ir
from penstock.targets.sagemaker.lowering import Lowered, lower

PROJECT = Path(__file__).parent / "project"


@pytest.fixture(scope="session")
def compiled_text(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Compile a pipeline of the small project to its IR."""
    if str(PROJECT) not in sys.path:
        sys.path.insert(0, str(PROJECT))
    import parts.pipelines

    folder = tmp_path_factory.mktemp("ir")

    def compiled(name: str) -> str:
        file = folder / f"{name}.yaml"
        if not file.exists():
            compiler.Compiler().compile(getattr(parts.pipelines, name), str(file))
        return file.read_text()

    return compiled


@pytest.fixture(scope="session")
def ir_of(compiled_text: Callable[[str], str]) -> Callable[[str], Pipeline]:
    return lambda name: read_ir(compiled_text(name), name)


@pytest.fixture(scope="session")
def lowered(ir_of: Callable[[str], Pipeline]) -> Callable[[str], Lowered]:
    return lambda name: lower(ir_of(name))
