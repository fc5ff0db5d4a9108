"""A place where pipelines are changed: SageMaker, DynamoDB and S3 of a moto server."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from penstock.deployment.origin import Origin
from penstock.deployment.place import Place, open_place
from penstock.deployment.wanted import Wanted
from penstock.environments import Environment, parse_environments

ACTOR = "arn:aws:sts::123456789012:assumed-role/ci/ann"
ENVIRONMENT = """\
environments:
  dev:
    account: "123456789012"
    region: us-east-1
    role: arn:aws:iam::123456789012:role/penstock
    artifacts: {bucket}
    image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/penstock:1
    records: {table}
    tags: {{team: risk}}
"""


@pytest.fixture
def environment(s3_bucket: str, records_table: str) -> Environment:
    """An environment of its own for a test."""
    text = ENVIRONMENT.format(bucket=s3_bucket, table=records_table)
    return parse_environments(text, "environments.yaml").get("dev")


@pytest.fixture
def place(environment: Environment, tmp_path: Path) -> Place:
    """Where a test changes pipelines; the lock of somebody who is gone is free after 1 s."""
    return open_place(environment, ACTOR, tmp_path, lease_seconds=1.0)


@pytest.fixture
def name() -> str:
    """Of a pipeline that no other test has: all share the server's account."""
    return f"fraud-training-{secrets.token_hex(4)}"


@pytest.fixture
def wanted(environment: Environment, name: str) -> Callable[..., Wanted]:
    """Makes what shall be there, told apart by the seed of its one step."""

    def make(seed: int, commit: str = "a" * 40, committed: str = "", **facts: Any) -> Wanted:
        values = {
            "name": name,
            "definition": definition(seed),
            "assets": {"0123/adapter.py": b"print(1)\n"},
            "role": environment.role,
            "parallel": 8,
            "parameters": environment.parameters,
            "origin": Origin(commit, committed),
            "tags": dict(environment.tags),
            **facts,
        }
        return Wanted(**values)

    return make


def definition(seed: int) -> str:
    """Return a definition with one training step."""
    step = {
        "Name": "train",
        "Type": "Training",
        "Arguments": {
            "AlgorithmSpecification": {
                "TrainingImage": {"Get": "Parameters.Image"},
                "TrainingInputMode": "File",
            },
            "HyperParameters": {"seed": str(seed)},
            "ResourceConfig": {
                "InstanceType": "ml.m5.large",
                "InstanceCount": 1,
                "VolumeSizeInGB": 30,
            },
        },
        "CacheConfig": {"Enabled": True, "ExpireAfter": "P30D"},
    }
    image = {"Name": "Image", "Type": "String", "DefaultValue": "penstock:0.1.0"}
    return json.dumps({"Version": "2020-12-01", "Parameters": [image], "Steps": [step]})
