"""Judges IAM policies as AWS does, from templates and without an account.

`load_estate` reads roles, keys, buckets and their policies from CloudFormation templates,
`Estate.decide` answers a request and names the statements that decided. Not judged: grants of KMS,
access control lists of S3, resource control policies, policies of VPC endpoints and whatever a
service decides beyond IAM.
"""

from infra.policies.decision import Decision, Outcome
from infra.policies.errors import PolicyError
from infra.policies.estate import Estate, Identity, ResourcePolicy, administrator
from infra.policies.evaluation import PolicySet, ResourceKind, evaluate
from infra.policies.expectations import expect_allowed, expect_denied
from infra.policies.loosening import (
    Loosening,
    Looser,
    expect_broken_when_loosened,
    loosenings,
)
from infra.policies.matrix import Matrix, matrix
from infra.policies.place import Place
from infra.policies.policy import Policy, parse_policy
from infra.policies.principal import Principal, PrincipalKind
from infra.policies.question import Question
from infra.policies.request import Request
from infra.policies.sentence import Sentence
from infra.policies.statement import Statement
from infra.policies.templates import Template, load_estate, read_keys

__all__ = [
    "Decision",
    "Estate",
    "Identity",
    "Loosening",
    "Looser",
    "Matrix",
    "Outcome",
    "Place",
    "Policy",
    "PolicyError",
    "PolicySet",
    "Principal",
    "PrincipalKind",
    "Question",
    "Request",
    "ResourceKind",
    "ResourcePolicy",
    "Sentence",
    "Statement",
    "Template",
    "administrator",
    "evaluate",
    "expect_allowed",
    "expect_broken_when_loosened",
    "expect_denied",
    "load_estate",
    "loosenings",
    "matrix",
    "parse_policy",
    "read_keys",
]
