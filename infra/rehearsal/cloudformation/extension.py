"""Gives moto's CloudFormation the types that it skips, for the time of a rehearsal."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from unittest.mock import patch

from moto.cloudformation import parsing
from moto.cloudformation.exceptions import ValidationError
from moto.core.common_models import CloudFormationModel

from infra.rehearsal.cloudformation.kinds import KINDS
from infra.rehearsal.cloudformation.made import Made, OpenClient


def known_types() -> Mapping[str, type[CloudFormationModel]]:
    """Return what makes a resource, by type: ours before moto's."""
    plain = [
        model
        for model in CloudFormationModel.__subclasses__()
        if model.__module__.startswith("moto.") and not model.__module__.endswith("custom_model")
    ]
    return {model.cloudformation_type(): model for model in (*plain, *KINDS)}


def _telling(work: Callable[..., Any]) -> Callable[..., Any]:
    """Let a stack fail with the resource that failed, where moto would answer 500."""

    def create_or_update(logical_id: str, resource_json: Any, *given: Any, **further: Any) -> Any:
        try:
            return work(logical_id, resource_json, *given, **further)
        except ValidationError:
            raise
        except Exception as error:
            what = f"{logical_id} ({resource_json['Type']}): {type(error).__name__}: {error}"
            raise ValidationError(message=what) from error

    return create_or_update


@contextlib.contextmanager
def every_type_made(open_client: OpenClient) -> Iterator[None]:
    """Make every type while this lasts.

    Args:
        open_client: Of an account, a Region and a service.
    """
    types = known_types()
    names = {kind: model.cloudformation_name_type() for kind, model in types.items()}
    with (
        patch.object(parsing, "get_model_list", lambda: list(types.values())),
        patch.object(parsing, "get_model_map", lambda: types),
        patch.object(parsing, "get_name_type_map", lambda: names),
        patch.object(
            parsing, "parse_and_create_resource", _telling(parsing.parse_and_create_resource)
        ),
        patch.object(
            parsing, "parse_and_update_resource", _telling(parsing.parse_and_update_resource)
        ),
        patch.object(Made, "open_client", staticmethod(open_client), create=True),
    ):
        yield
