"""Names of pipelines in an account."""

from __future__ import annotations

import re

from penstock.errors import Problem, RequestError

LONGEST_NAME = 256
"""Of a pipeline, as CreatePipeline takes it (botocore 1.44.5)."""

LONGEST_SUFFIX = 32

_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9])*")
_SUFFIX = re.compile(r"[a-z0-9](-*[a-z0-9])*")


def pipeline_name(name: str, suffix: str = "") -> str:
    """Return the name in the account: the definition's own, or that of a personal copy of it.

    Args:
        name: The definition's own, such as `fraud-training`.
        suffix: Of a personal copy, such as a branch's name; empty: none.

    Raises:
        RequestError: SageMaker takes no such name.
    """
    if suffix and (not _SUFFIX.fullmatch(suffix) or len(suffix) > LONGEST_SUFFIX):
        what = f"{suffix!r} is no suffix."
        remedy = (
            f"Use at most {LONGEST_SUFFIX} small letters and digits, with single dashes between "
            "them."
        )
        raise RequestError(Problem(what, "--suffix", remedy))
    whole = f"{name}-{suffix}" if suffix else name
    if len(whole) > LONGEST_NAME or not _NAME.fullmatch(whole):
        what = f"SageMaker takes no pipeline named {whole[:80]!r} ({len(whole)} characters)."
        remedy = f"Use at most {LONGEST_NAME} letters, digits and dashes."
        raise RequestError(Problem(what, remedy=remedy))
    return whole
