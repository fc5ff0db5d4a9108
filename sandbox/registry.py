"""The model registry where the service does more than moto: who changed what, policies, news."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

from moto.core.responses import ActionResult, EmptyResult
from moto.sagemaker.exceptions import ResourceNotFound
from moto.sagemaker.models import ModelPackage
from moto.sagemaker.responses import SageMakerResponse

from sandbox.callers import user_context
from sandbox.names import Place

PackageListener = Callable[[Place, ModelPackage], None]
"""Hears of a model package that was created, or whose approval was set."""

_POLICY = "sandbox_resource_policy"
"""Attribute of moto's groups."""


@contextlib.contextmanager
def known_registrars(listener: PackageListener | None = None) -> Iterator[None]:
    """Note who creates and changes model packages, and keep policies of groups."""
    create, update = SageMakerResponse.create_model_package, SageMakerResponse.update_model_package

    def noted(request: SageMakerResponse, answer: ActionResult, attribute: str) -> ModelPackage:
        arn = _created(answer)
        backend = request.sagemaker_backend
        name = backend.model_package_name_mapping.get(arn, arn)
        package: ModelPackage = backend.model_packages[name]
        known = getattr(package, attribute, None) or {}
        setattr(package, attribute, {**known, **user_context(request)})
        return package

    def create_noted(self: SageMakerResponse) -> ActionResult:
        there = set(self.sagemaker_backend.model_packages)
        answer = create(self)
        if _created(answer) not in there:
            package = noted(self, answer, "created_by")
            if listener is not None:
                listener(_place(package), package)
        return answer

    def update_noted(self: SageMakerResponse) -> ActionResult:
        answer = update(self)
        package = noted(self, answer, "last_modified_by")
        if listener is not None and self._get_param("ModelApprovalStatus"):
            listener(_place(package), package)
        return answer

    with contextlib.ExitStack() as until_then:
        for name, answering in (
            ("create_model_package", create_noted),
            ("update_model_package", update_noted),
            ("put_model_package_group_policy", _put_policy),
            ("get_model_package_group_policy", _get_policy),
            ("delete_model_package_group_policy", _delete_policy),
        ):
            until_then.enter_context(patch.object(SageMakerResponse, name, answering, create=True))
        yield


def _place(package: ModelPackage) -> Place:
    """Return where a package is, whoever changes it."""
    _, _, _, region, account, _ = str(package.arn).split(":")
    return Place(account, region)


def _created(answer: ActionResult) -> str:
    told: Any = answer.result
    return str(told["ModelPackageArn"])


def _put_policy(self: SageMakerResponse) -> ActionResult:
    group = _group(self)
    setattr(group, _POLICY, self._get_param("ResourcePolicy"))
    return ActionResult({"ModelPackageGroupArn": group.arn})


def _get_policy(self: SageMakerResponse) -> ActionResult:
    policy = getattr(_group(self), _POLICY, "")
    if not policy:
        raise ResourceNotFound("Cannot find resource policy for the model package group.")
    return ActionResult({"ResourcePolicy": policy})


def _delete_policy(self: SageMakerResponse) -> ActionResult:
    setattr(_group(self), _POLICY, "")
    return EmptyResult()


def _group(self: SageMakerResponse) -> Any:
    name = str(self._get_param("ModelPackageGroupName")).rpartition("/")[2]
    found = self.sagemaker_backend.model_package_groups.get(name)
    if found is None:
        raise ResourceNotFound(f"Model package group {name} does not exist.")
    return found
