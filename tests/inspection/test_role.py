"""Whether a trust policy lets SageMaker take a role is read from what IAM answers."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from penstock.inspection.role import trusts_sagemaker

ALLOW: dict[str, Any] = {
    "Effect": "Allow",
    "Principal": {"Service": "sagemaker.amazonaws.com"},
    "Action": "sts:AssumeRole",
}


@pytest.mark.parametrize(
    ("statement", "trusts"),
    [
        (ALLOW, True),
        ([ALLOW], True),
        (
            [{**ALLOW, "Principal": {"Service": ["ec2.amazonaws.com", "sagemaker.amazonaws.com"]}}],
            True,
        ),
        ([{**ALLOW, "Action": ["sts:TagSession", "sts:AssumeRole"]}], True),
        ([{**ALLOW, "Effect": "Deny"}], False),
        ([{**ALLOW, "Action": "sts:TagSession"}], False),
        ([{**ALLOW, "Principal": {"AWS": "arn:aws:iam::111111111111:root"}}], False),
        ([{**ALLOW, "Principal": "*"}], False),
        ([], False),
    ],
)
def test_a_trust_policy_is_read(statement: object, trusts: bool) -> None:
    document = {"Version": "2012-10-17", "Statement": statement}
    assert trusts_sagemaker(document) is trusts
    assert trusts_sagemaker(json.dumps(document)) is trusts
    assert trusts_sagemaker(quote(json.dumps(document))) is trusts
    assert trusts_sagemaker(None) is False
