import pytest

from penstock.errors import RequestError
from penstock.executions.tokens import fresh_token, request_token


def test_a_token_is_the_same_for_the_same_start_and_fits_the_service() -> None:
    assert request_token("build-4711", "wine-training") == request_token(
        "build-4711", "wine-training"
    )
    assert 32 <= len(request_token("x", "wine-training")) <= 128


def test_one_build_may_start_several_pipelines() -> None:
    assert request_token("4711", "wine-training") != request_token("4711", "wine-inference")


def test_fresh_tokens_differ() -> None:
    assert len({fresh_token() for _ in range(100)}) == 100


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (" ", "--token: the token is empty. Leave it out for a new one."),
        (
            "x" * 129,
            "--token: the token has 129 characters; at most 128 are allowed. Use a shorter one.",
        ),
    ],
)
def test_a_token_that_cannot_be_one_is_refused(given: str, message: str) -> None:
    with pytest.raises(RequestError) as refused:
        request_token(given, "wine-training")
    assert str(refused.value) == message
