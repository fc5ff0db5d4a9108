"""Components that are not of this project: their command travels with the adapter as an asset.

Either form keeps the component's own image and command. With Python in the image the adapter runs
the command, and everything of KFP's contract works. Without, the command stands in the definition
itself, which is possible as long as it needs no more than texts and paths that are known.
"""

from __future__ import annotations

import json
import re
from importlib import resources
from typing import Any

from penstock.ir.pipeline import Container, Retry
from penstock.targets.sagemaker.steps import Step

RUNNER = "run.py"
_RUNNER_TEXT = (
    "import sys\n\nfrom penstock.container.adapter import main\n\nsys.exit(main(sys.argv[1:]))\n"
)
_NOT_SHIPPED = ("own_component.py", "plain_training.py", "__main__.py")
_PYTHON_IMAGE = re.compile(
    r"python|tensorflow|pytorch|jupyter|scikit-learn|sklearn|xgboost|google-cloud-pipeline-components",
    re.IGNORECASE,
)
_BARE_IMAGE = re.compile(
    r"(?:^|/)(?:alpine|busybox|bash|ubuntu|debian|centos|fedora|rockylinux|amazonlinux|jq|curl|wget"
    r"|pause|distroless|scratch)(?:$|[:@/-])"
)
_PYTHON_COMMAND = re.compile(r"\bpython3?\b|kfp\.dsl\.executor_main")


def surely_holds_python(container: Container) -> bool:
    """Whether the command runs Python, or the image's name says that it is there."""
    words = " ".join((*container.command, *container.arguments))
    return bool(_PYTHON_COMMAND.search(words) or _PYTHON_IMAGE.search(container.image))


def is_bare(container: Container) -> bool:
    """Whether the image is one of those known to hold no Python."""
    return not surely_holds_python(container) and bool(_BARE_IMAGE.search(container.image))


def runs_adapter(container: Container, *, gives_values: bool) -> bool:
    """Whether the adapter runs the command, unless the definition itself can say all of it.

    A step that gives values needs the adapter, which writes them in the form that the pipeline
    reads.
    """
    if not container.command:
        return False
    return surely_holds_python(container) or (gives_values and not is_bare(container))


def adapter_files() -> dict[str, bytes]:
    """Return the adapter as files that a bare Python runs, by path."""
    files = {
        RUNNER: _RUNNER_TEXT.encode(),
        "penstock/__init__.py": b"",
    }
    for member in resources.files("penstock.container").iterdir():
        if member.name.endswith(".py") and member.name not in _NOT_SHIPPED:
            files[f"penstock/container/{member.name}"] = member.read_bytes()
    return files


def task_file(step: Step) -> bytes:
    """Return `task.json`: the command with its placeholders, and how to try again."""
    content: dict[str, Any] = {
        "command": list(step.container.command),
        "arguments": list(step.container.arguments),
    }
    if step.task.retry is not None:
        content["retry"] = retry_in_container(step.task.retry)
    return json.dumps(content, sort_keys=True, indent=1).encode()


def retry_in_container(retry: Retry) -> dict[str, Any]:
    """KFP repeats a failure of the code itself, which SageMaker does not: the adapter does."""
    return {
        "attempts": retry.max_attempts,
        "seconds": retry.backoff_seconds,
        "factor": retry.backoff_factor,
        "most_seconds": retry.backoff_max_seconds,
    }
