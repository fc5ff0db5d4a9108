"""The account that the deployer works in: its settings, and clients opened when they are needed."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from aws_lambda_powertools import Logger

from infra.runtime.clients import open_client
from infra.runtime.deployer.checks import Doors
from infra.runtime.deployer.messages import Messages
from infra.runtime.deployer.promotions import Promotion, Promotions
from infra.runtime.deployer.settings import Settings
from infra.runtime.notices import tell
from infra.runtime.storage import Storage
from infra.runtime.table import Table


class Account:
    """One account.

    Args:
        settings: Of it.
        logger: Where every decision is told.
    """

    def __init__(self, settings: Settings, logger: Logger) -> None:
        self.settings, self._logger = settings, logger
        self._clients: dict[tuple[str, str], Any] = {}

    def say(self, promotion: Promotion) -> None:
        """Log what became of an approval."""
        approval = promotion.approval
        self._logger.info(
            "promotion",
            version=approval.name,
            package=approval.package,
            approved_at=approval.approved_at,
            state=promotion.state,
            reason=promotion.reason,
        )

    def ignore(self, reason: str) -> None:
        """Log that a message changes nothing."""
        self._logger.info("ignored", reason=reason)

    def notify(self, subject: str, text: str) -> None:
        """Tell people."""
        tell(self.client("sns"), self.settings.topic, subject, text)

    def client(self, service: str, region: str = "") -> Any:
        """Return the client of a service; in the function's own Region, unless one is named."""
        if (service, region) not in self._clients:
            self._clients[service, region] = open_client(service, region=region)
        return self._clients[service, region]

    @cached_property
    def doors(self) -> Doors:
        """What a model has to pass."""
        registry = self.settings.region
        return Doors(
            self.settings,
            self.client("sagemaker", registry),
            self.sagemaker,
            self.storage,
            self.client("kms", registry),
        )

    @cached_property
    def promotions(self) -> Promotions:
        """What became of every approval."""
        return Promotions(self._table)

    @cached_property
    def messages(self) -> Messages:
        """What became of messages that are about no approval."""
        return Messages(self._table)

    @cached_property
    def storage(self) -> Storage:
        """S3."""
        return Storage(self.client("s3"))

    @property
    def sagemaker(self) -> Any:
        """Client of SageMaker."""
        return self.client("sagemaker")

    @cached_property
    def _table(self) -> Table:
        return Table(self.client("dynamodb"), self.settings.promotions)
