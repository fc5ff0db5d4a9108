"""What a component may import from the engine. `penstock.contract.wiring` is for pipeline files."""

from penstock.contract.artifacts import (
    HTML,
    Artifact,
    ClassificationMetrics,
    Dataset,
    Metrics,
    Model,
)
from penstock.contract.component import component
from penstock.contract.image import container_image, image_in
from penstock.contract.outputs import checkpoint_folder, checkpoints_in, output, outputs_in

__all__ = [
    "HTML",
    "Artifact",
    "ClassificationMetrics",
    "Dataset",
    "Metrics",
    "Model",
    "checkpoint_folder",
    "checkpoints_in",
    "component",
    "container_image",
    "image_in",
    "output",
    "outputs_in",
]
