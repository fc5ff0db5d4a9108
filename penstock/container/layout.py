"""Where a job's files are, for each kind of job."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PAYLOAD = "data"
DESCRIPTION = "artifact.json"
PARAMETERS = "parameters"
PARAMETERS_FILE = "parameters.json"
BUNDLE_FILE = "bundle.json"

_PAYLOAD_SUFFIXES = {
    "system.Metrics": ".json",
    "system.ClassificationMetrics": ".json",
    "system.SlicedClassificationMetrics": ".json",
    "system.HTML": ".html",
}


@dataclass(frozen=True)
class Layout:
    """The folders of one job below `root`, which is `/opt/ml` in a container."""

    root: Path
    verb: str

    @property
    def training(self) -> bool:
        """Whether this is a training job."""
        return self.verb == "training"

    @property
    def inputs(self) -> Path:
        """One folder per input below."""
        return self.root / "input" / "data" if self.training else self.root / "processing" / "input"

    @property
    def outputs(self) -> Path:
        """One folder per output below."""
        if self.training:
            return self.root / "output" / "data"
        return self.root / "processing" / "output"

    @property
    def model(self) -> Path:
        """What a training job keeps as `model.tar.gz`."""
        return self.root / "model"

    @property
    def staging(self) -> Path:
        """Files that are not in their final place yet."""
        return self.root / "staging"

    @property
    def unpacked(self) -> Path:
        """The content of archives, one folder per input."""
        return self.root / "unpacked"

    @property
    def hyperparameters(self) -> Path:
        """A training job's parameters, all texts."""
        return self.root / "input" / "config" / "hyperparameters.json"

    @property
    def job(self) -> Path:
        """The request that a processing job was made by."""
        return self.root / "config" / "processingjobconfig.json"

    @property
    def checkpoints(self) -> Path:
        """The folder that SageMaker syncs, if the job has one."""
        return self.root / "checkpoints"

    @property
    def failure(self) -> Path:
        """Where the reason of a failure goes."""
        return (
            self.root / "output" / ("failure" if self.verb in ("training", "serve") else "message")
        )


def payload_name(output: str, schema_title: str) -> str:
    """Return how the payload of an artifact is called in the artifact's folder."""
    suffix = _PAYLOAD_SUFFIXES.get(schema_title)
    return output + suffix if suffix else PAYLOAD
