"""A resource that CloudFormation makes through its service's API, in the account of the stack."""

from __future__ import annotations

import contextlib
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, Self

from botocore.exceptions import BotoCoreError, ClientError
from moto.cloudformation.exceptions import UnformattedGetAttTemplateException, ValidationError
from moto.core.common_models import CloudFormationModel

from infra.rehearsal.cloudformation.shaping import UnknownPropertyError

OpenClient = Callable[[str, str, str], Any]
"""Opens a client of a service: account, Region, service."""


class Made(CloudFormationModel):
    """What all kinds share; a kind says how one is made, changed and removed.

    Attributes:
        TYPE: As templates call it.
        NAME: The property that names it; empty: it has no name of its own.
        SERVICE: As boto3 calls it.
    """

    TYPE: ClassVar[str] = ""
    NAME: ClassVar[str] = ""
    SERVICE: ClassVar[str] = ""
    ATTRIBUTES: ClassVar[tuple[str, ...]] = ()
    open_client: ClassVar[OpenClient]

    def __init__(self, reference: str, attributes: Mapping[str, str]) -> None:
        self.reference = reference
        self.attributes = dict(attributes)

    @classmethod
    @abstractmethod
    def make(cls, client: Any, name: str, properties: dict[str, Any]) -> Self:
        """Make one.

        Args:
            client: Of the kind's service, in the account of the stack.
            name: The one that the template gives, else a generated one.
            properties: As the template has them, references resolved.
        """

    @classmethod
    def change(cls, client: Any, old: Self, name: str, properties: dict[str, Any]) -> Self:
        """Change one to other properties; unless a kind knows better, it is made anew."""
        cls.remove(client, old.reference, properties)
        return cls.make(client, name, properties)

    @classmethod
    @abstractmethod
    def remove(cls, client: Any, reference: str, properties: dict[str, Any]) -> None:
        """Remove one."""

    @property
    def physical_resource_id(self) -> str:
        """What `Ref` gives."""
        return self.reference

    @staticmethod
    def cloudformation_name_type() -> str:
        """Moto asks the class for the property; `_named` gives it there."""
        return ""

    @staticmethod
    def cloudformation_type() -> str:
        """Moto asks the class for the type; `_named` gives it there."""
        return ""

    def __init_subclass__(cls, **further: Any) -> None:
        """Answer moto's questions of the class from its attributes."""
        super().__init_subclass__(**further)
        kind, name = cls.TYPE, cls.NAME
        setattr(cls, "cloudformation_type", staticmethod(lambda: kind))  # noqa: B010
        setattr(cls, "cloudformation_name_type", staticmethod(lambda: name))  # noqa: B010

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        """Tell whether `Fn::GetAtt` gives an attribute."""
        return attr in cls.ATTRIBUTES

    def get_cfn_attribute(self, attribute_name: str) -> str:
        """Return what `Fn::GetAtt` gives."""
        if attribute_name not in self.attributes:
            raise UnformattedGetAttTemplateException
        return self.attributes[attribute_name]

    def is_created(self) -> bool:
        """Tell that it is there: it is made before the stack goes on."""
        return True

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
        **_: Any,
    ) -> Self:
        """Make one for a stack."""
        properties = dict(cloudformation_json.get("Properties") or {})
        with cls._told():
            client = cls.open_client(account_id, region_name, cls.SERVICE)
            return cls.make(client, resource_name, properties)

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Self,
        new_resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> Self:
        """Change one for a stack."""
        properties = dict(cloudformation_json.get("Properties") or {})
        name = str(properties.get(cls.NAME) or original_resource.reference or new_resource_name)
        with cls._told():
            client = cls.open_client(account_id, region_name, cls.SERVICE)
            return cls.change(client, original_resource, name, properties)

    @classmethod
    def delete_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> None:
        """Remove one for a stack."""
        properties = dict(cloudformation_json.get("Properties") or {})
        with cls._told():
            client = cls.open_client(account_id, region_name, cls.SERVICE)
            cls.remove(client, resource_name, properties)

    @classmethod
    @contextlib.contextmanager
    def _told(cls) -> Iterator[None]:
        """Let the stack fail with what the service says, where moto would answer 500."""
        try:
            yield
        except (ClientError, BotoCoreError, UnknownPropertyError) as error:
            raise ValidationError(message=f"{cls.TYPE}: {error}") from error
