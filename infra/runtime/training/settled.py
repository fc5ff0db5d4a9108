"""What an execution is given and may change any time, as the token that CodePipeline keeps."""

from __future__ import annotations

import json
from collections.abc import Mapping

from infra.runtime.errors import Refused

_LONGEST = 2048
"""Of a continuation token (botocore 1.44.5, ContinuationToken)."""
_BEGINS = "{"


def as_token(settled: Mapping[str, str], where: str) -> str:
    """Return the token that says what was settled.

    Args:
        settled: Source and champion.
        where: What settles it, for messages.

    Raises:
        Refused: It is longer than CodePipeline keeps.
    """
    token = json.dumps(dict(settled), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    if len(token) > _LONGEST:
        raise Refused(
            f"the addresses of source and champion have {len(token):,} signs in all; CodePipeline "
            f"keeps {_LONGEST:,}.",
            where,
            "Give the source a shorter address.",
        )
    return token


def read_token(token: str) -> Mapping[str, str] | None:
    """Return what was settled; None: the token says something else."""
    if not token.startswith(_BEGINS):
        return None
    return {str(name): str(each) for name, each in json.loads(token).items()}
