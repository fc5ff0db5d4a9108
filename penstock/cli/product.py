"""What `pipeline compile` writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Product:
    """The text for a target and the code assets that travel beside it."""

    text: str
    assets: Mapping[str, bytes] = field(default_factory=dict)

    @staticmethod
    def write_asset(output: str, path: str, content: bytes) -> None:
        """Write one code asset below `OUTPUT.assets/`."""
        place = Path(f"{output}.assets") / path
        place.parent.mkdir(parents=True, exist_ok=True)
        aside = place.with_name(f".{place.name}.tmp")
        aside.write_bytes(content)
        aside.replace(place)


def compiled_product(
    name: str | None, use_case: str, from_ir: str | None, target: str, task_image: str | None
) -> Product:
    """Compile for a target; imports only what the target needs."""
    from penstock.cli.compilation import (
        compile_definition,
        compile_ir,
        lower_text,
        read_text,
    )

    if target == "sagemaker":
        if from_ir is not None:
            compiled = lower_text(read_text(from_ir), from_ir)
        else:
            assert name is not None  # noqa: S101  # the command has checked it
            compiled = compile_definition(name, use_case)
        return Product(compiled.definition_json, compiled.assets)
    from penstock.targets.kubeflow.ir_document import read_document

    text = read_text(from_ir) if from_ir is not None else compile_ir(str(name), use_case)
    document = read_document(text, from_ir or str(name))
    if task_image:
        document = document.with_image(task_image)
    if target == "kubeflow":
        document = document.without_platform("sagemaker")
    return Product(document.to_yaml())
