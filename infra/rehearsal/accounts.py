"""Clients in the accounts of a rehearsal: as an account's own user, or in a role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.loaders import create_loader

from infra.rehearsal.errors import told
from sandbox.accounts import Credentials, open_account
from sandbox.crossing import account_of
from sandbox.names import Place

_CONNECT_SECONDS, _READ_SECONDS = 5, 60


@dataclass(frozen=True, slots=True)
class Keys:
    """Credentials of a user or of a role's session."""

    access_key: str
    secret_key: str
    token: str = ""

    @property
    def variables(self) -> Mapping[str, str]:
        """The variables of the environment that AWS's tools read."""
        given = {"AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret_key}
        return {**given, "AWS_SESSION_TOKEN": self.token} if self.token else given


class Accounts:
    """Opens clients on the server of a rehearsal.

    Args:
        endpoint: Of the server.
    """

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self._loader = create_loader()
        self._sessions: dict[tuple[str, str], Keys] = {}
        self._clients: dict[tuple[Keys, str, str], Any] = {}

    def client(self, service: str, place: Place, keys: Keys | None = None) -> Any:
        """Return a client; without keys, as the account's own user."""
        keys = keys or self.own(place)
        wanted = (keys, place.region, service)
        if wanted not in self._clients:
            plain = botocore.session.get_session()
            plain.register_component("data_loader", self._loader)
            session: Any = boto3.session.Session(
                keys.access_key,
                keys.secret_key,
                keys.token or None,
                region_name=place.region,
                botocore_session=plain,
            )
            self._clients[wanted] = session.client(
                service,
                endpoint_url=self.endpoint,
                # A failure is one, here: nothing is in the way of the server.
                config=Config(
                    connect_timeout=_CONNECT_SECONDS,
                    read_timeout=_READ_SECONDS,
                    retries={"total_max_attempts": 1},
                ),
            )
        return self._clients[wanted]

    def open(self, account: str, region: str, service: str) -> Any:
        """Return a client as the own user of an account, by names."""
        return self.client(service, Place(account, region))

    def own(self, place: Place) -> Keys:
        """Return the keys of the account's own user."""
        open_account(place)
        variables = Credentials(self.endpoint, place).variables
        return Keys(variables["AWS_ACCESS_KEY_ID"], variables["AWS_SECRET_ACCESS_KEY"])

    def assume(self, role: str, session: str, caller: Place, *, service: str = "") -> Keys:
        """Take a role.

        Args:
            role: Its ARN.
            session: The name of the session, which identities tell.
            caller: The account that asks.
            service: Principal that the role must trust, such as `lambda.amazonaws.com`.

        Raises:
            RehearsalError: There is no such role, or it does not trust the service.
        """
        trust = self._trust(role, caller)
        if service and service not in str(trust):
            raise told(f"{role} does not trust {service}.", "AssumeRole")
        known = (role, session)
        if known not in self._sessions:
            given = self.client("sts", caller).assume_role(RoleArn=role, RoleSessionName=session)
            made = given["Credentials"]
            self._sessions[known] = Keys(
                made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"]
            )
        return self._sessions[known]

    def _trust(self, role: str, caller: Place) -> Any:
        there = Place(account_of(role), caller.region)
        name = role.rpartition("/")[2]
        try:
            found = self.client("iam", there).get_role(RoleName=name)["Role"]
        except ClientError as error:
            raise told(f"there is no role {role}.", "AssumeRole") from error
        if found["Arn"] != role:
            raise told(f"{role} is {found['Arn']}.", "AssumeRole")
        return found["AssumeRolePolicyDocument"]
