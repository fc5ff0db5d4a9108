"""A compiled pipeline as the two documents that KFP writes."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from penstock.errors import DefinitionError, Problem

OWN_IMAGE = "penstock:0.1.0"
"""Image that the compiler puts into every task of ours."""

_REMEDY = "Compile it with `pipeline compile NAME --target ir` or with KFP's own compiler."


@dataclass(frozen=True, slots=True)
class IRDocument:
    """The pipeline specification and, where there is one, the settings of its platforms."""

    specification: Mapping[str, Any]
    platforms: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The pipeline's name."""
        return str(self.specification["pipelineInfo"]["name"])

    def with_image(self, image: str) -> IRDocument:
        """Return the document with `image` in the place of our default image."""
        changed = copy.deepcopy(dict(self.specification))
        for executor in changed.get("deploymentSpec", {}).get("executors", {}).values():
            container = executor.get("container")
            if container and container.get("image") == OWN_IMAGE:
                container["image"] = image
        return IRDocument(changed, self.platforms)

    def without_platform(self, platform: str) -> IRDocument:
        """Return the document without the settings that only `platform` knows.

        Kubeflow's backend takes a second document for settings of its own; one that holds nothing
        for Kubernetes must not reach it.
        """
        platforms = {
            name: settings
            for name, settings in self.platforms.get("platforms", {}).items()
            if name != platform
        }
        return IRDocument(self.specification, {"platforms": platforms} if platforms else {})

    def to_yaml(self) -> str:
        """Return the text that KFP and its backend read; the same document gives the same bytes."""
        documents = [self.specification, *([self.platforms] if self.platforms else [])]
        text = yaml.dump_all(
            documents, Dumper=yaml.CSafeDumper, sort_keys=True, allow_unicode=True, width=1000
        )
        return f"# PIPELINE DEFINITION\n# Name: {self.name}\n{text}"


def read_document(text: str, where: str) -> IRDocument:
    """Read the text of a compiled pipeline.

    Args:
        text: YAML or JSON.
        where: What messages call the source.
    Raises:
        DefinitionError: The text is not YAML, or no compiled KFP 2 pipeline.
    """
    try:
        documents = [
            document
            for document in yaml.load_all(text, Loader=yaml.CSafeLoader)
            if document is not None
        ]
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise DefinitionError(
            Problem(f"it is not YAML: {error.problem}.", f"{where}:{line}", _REMEDY)
        ) from None
    first = documents[0] if documents else None
    if isinstance(first, dict) and "pipelineSpec" in first:
        documents = [first["pipelineSpec"], first.get("platformSpec", {})]
        first = documents[0]
    if not isinstance(first, dict) or "pipelineInfo" not in first or "root" not in first:
        raise DefinitionError(Problem("it is no compiled KFP 2 pipeline.", where, _REMEDY))
    return IRDocument(first, documents[1] if len(documents) > 1 else {})
