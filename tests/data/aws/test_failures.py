"""What AWS refuses is told with what, where and how to mend."""

import pytest
from botocore import exceptions
from botocore.exceptions import ClientError

from penstock.data.aws.clients import open_client
from penstock.data.aws.failures import error_code, translated
from penstock.errors import RequestError, ServiceError

ARN = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/fraud/3"


def refused(
    code, operation="DescribeModelPackage", message="It is not allowed", service="sagemaker"
):
    with pytest.raises(ServiceError) as caught, translated(service, ARN):
        raise ClientError({"Error": {"Code": code, "Message": message}}, operation)
    return str(caught.value)


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        (
            "AccessDeniedException",
            "Give these credentials the right to sagemaker:DescribeModelPackage on it.",
        ),
        ("ExpiredTokenException", "The token has expired: sign in to AWS again."),
        (
            "UnrecognizedClientException",
            "Look at AWS_ACCESS_KEY_ID, AWS_SESSION_TOKEN or the profile.",
        ),
        ("SignatureDoesNotMatch", "Look at AWS_SECRET_ACCESS_KEY or the profile."),
        ("PermanentRedirect", "It is in another Region: name that one."),
        ("ThrottlingException", "Try again in a while, or ask for a higher quota."),
        ("RequestTimeTooSkewed", "Set the clock of this machine."),
        ("SomethingNew", "See what the service says of it."),
    ],
)
def test_a_refusal_names_operation_resource_and_remedy(code, remedy):
    assert refused(code) == (
        f"{ARN}: sagemaker refused DescribeModelPackage: It is not allowed ({code}). {remedy}"
    )


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("ListObjectsV2", "s3:ListBucket"),
        ("HeadObject", "s3:GetObject"),
        ("PutObject", "s3:PutObject"),
    ],
)
def test_a_missing_right_is_called_as_policies_call_it(operation, action):
    told = refused("AccessDenied", operation, service="s3")
    assert told.endswith(f"Give these credentials the right to {action} on it.")


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (
            exceptions.NoCredentialsError(),
            ServiceError,
            "there are no AWS credentials. "
            "Sign in: aws sso login, AWS_PROFILE, or AWS_ACCESS_KEY_ID with its secret.",
        ),
        (
            exceptions.NoRegionError(),
            RequestError,
            "no AWS Region is named. Set AWS_REGION, or name it in the address.",
        ),
        (
            exceptions.ProfileNotFound(profile="work"),
            RequestError,
            "The config profile (work) could not be found. Look at the AWS settings.",
        ),
        (
            exceptions.EndpointConnectionError(endpoint_url="http://localhost:1"),
            ServiceError,
            'kms cannot be reached: Could not connect to the endpoint URL: "http://localhost:1". '
            "Look at the Region, the network and AWS_ENDPOINT_URL.",
        ),
        (
            exceptions.ReadTimeoutError(endpoint_url="http://localhost:1"),
            ServiceError,
            'kms did not answer: Read timeout on endpoint URL: "http://localhost:1". Try again.',
        ),
    ],
)
def test_what_goes_wrong_before_an_answer_is_told(error, kind, message):
    with pytest.raises(kind) as caught, translated("kms", "the key"):
        raise error
    assert str(caught.value) == f"the key: {message}"


def test_other_errors_pass_as_they_are():
    with pytest.raises(KeyError), translated("s3", "here"):
        raise KeyError("a fault of ours")
    assert error_code(KeyError("x")) == ""


def test_a_client_waits_and_tries_in_bounds(s3_bucket):
    settings = open_client("sagemaker").meta.config
    assert (settings.connect_timeout, settings.read_timeout) == (5, 60)
    assert settings.retries == {"mode": "adaptive", "total_max_attempts": 6}


def test_a_region_that_is_no_name_is_refused(s3_bucket):
    with pytest.raises(RequestError, match=r"^sagemaker://x: "):
        open_client("sagemaker", "no region!", "sagemaker://x")
