"""What the operations of the sandbox share: whose a request is, what is named in it, pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.core.responses import BaseResponse
from moto.sagemaker.exceptions import ResourceNotFound, ValidationError
from moto.sagemaker.models import FakePipeline
from moto.sagemaker.responses import SageMakerResponse

from sandbox.names import Place

_DEFAULT_PAGE, LARGEST_PAGE = 10, 100


def place_of(request: BaseResponse) -> Place:
    """Return the account and Region that a request goes to."""
    return Place(request.current_account, request.region)


def required_pipeline(request: SageMakerResponse) -> FakePipeline:
    """Return the pipeline that a request names by name or ARN."""
    named = str(request._get_param("PipelineName"))
    found = request.sagemaker_backend.pipelines.get(named.rpartition("/")[2])
    if found is None:
        raise ResourceNotFound(f"Pipeline '{named}' does not exist.")
    return found


def said(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an answer without what is not told."""
    return {name: value for name, value in answer.items() if value is not None}


def page(
    request: SageMakerResponse, name: str, found: list[Any], default: int = _DEFAULT_PAGE
) -> Mapping[str, Any]:
    """Return a page of a list; the token of the next one is where it begins."""
    token = request._get_param("NextToken") or "0"
    if not str(token).isdecimal():
        raise ValidationError(f"The pagination token {token} is invalid.")
    first, size = int(token), int(request._get_param("MaxResults") or default)
    last = first + min(size, LARGEST_PAGE)
    more = {"NextToken": str(last)} if last < len(found) else {}
    return {name: found[first:last], **more}
