"""`python -m infra.cdk.bootstrap ENVIRONMENT [PART]` prints what CloudFormation may do there.

Without PART the policies of the environment's account by part; with `keeping` or `running` that
policy, as `aws iam create-policy --policy-document` takes it.

Environment variables:
    PENSTOCK_ENVIRONMENTS: File of environments; by default `environments.yaml`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from penstock.errors import PenstockError


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the policies; return the exit code.

    Args:
        arguments: None: those of the command line.
    """
    asked = _parser().parse_args(arguments)
    try:
        found = _policies(asked.environment)
    except PenstockError as error:
        for problem in error.problems:
            print(f"infra.cdk.bootstrap: {problem}", file=sys.stderr)
        return 2
    print(json.dumps(found[asked.part] if asked.part else found, indent=2))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m infra.cdk.bootstrap",
        description="Print the policies that CloudFormation's role gets in an environment's "
        "account. Example: python -m infra.cdk.bootstrap prod running",
    )
    parser.add_argument("environment", help="one of the file's, such as prod")
    parser.add_argument(
        "part", nargs="?", choices=("keeping", "running"), help="one policy; by default both"
    )
    return parser


def _policies(environment: str) -> dict[str, dict[str, Any]]:
    from infra.cdk.bootstrap.account import account_of
    from infra.cdk.bootstrap.policies import policies_of
    from penstock.environments import load_environments

    named = os.environ.get("PENSTOCK_ENVIRONMENTS")
    return policies_of(account_of(load_environments(Path(named) if named else None), environment))


if __name__ == "__main__":
    raise SystemExit(main())
