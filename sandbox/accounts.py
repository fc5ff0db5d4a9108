"""Credentials of the sandbox's accounts: one user an account, with the same key at every start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from sandbox.names import Place

USER = "sandbox"
_SERVICE_SESSION, _SESSION_SECONDS = "SageMaker", 12 * 3600
_SECRET = "sandbox-secret-of-nothing-that-is-worth-one"  # noqa: S105  # nothing real accepts it


def access_key(account: str) -> str:
    """Return the id of an account's access key; moto finds the account by it."""
    return f"AKIASAND{account}"


def open_account(place: Place) -> None:
    """Make the user of an account, unless it is there."""
    backend = iam_backends[place.account][place.partition]
    if access_key(place.account) in backend.access_keys:
        return
    backend.create_user(place.region, USER)
    key = backend.create_access_key(USER)
    del backend.access_keys[key.access_key_id]
    key.access_key_id, key.secret_access_key = access_key(place.account), _SECRET
    backend.access_keys[key.access_key_id] = key


def role_variables(place: Place, role: str) -> Mapping[str, str]:
    """Take a role as SageMaker does for an execution.

    Returns:
        The variables of the environment that AWS's tools read.
    """
    backend = sts_backends[place.account][place.partition]
    taken = backend.assume_role(place.region, _SERVICE_SESSION, role, "", _SESSION_SECONDS, "")
    return {
        "AWS_ACCESS_KEY_ID": str(taken.access_key_id),
        "AWS_SECRET_ACCESS_KEY": str(taken.secret_access_key),
        "AWS_SESSION_TOKEN": str(taken.session_token),
    }


@dataclass(frozen=True, slots=True)
class Credentials:
    """What leads a process to an account of the sandbox."""

    endpoint: str
    place: Place

    @property
    def variables(self) -> Mapping[str, str]:
        """The variables of the environment that AWS's tools read."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": access_key(self.place.account),
            "AWS_SECRET_ACCESS_KEY": _SECRET,
            "AWS_REGION": self.place.region,
            "AWS_DEFAULT_REGION": self.place.region,
        }

    @property
    def exports(self) -> str:
        """The variables as a shell sets them; what would lead elsewhere is taken away."""
        lines = [f"export {name}={value}" for name, value in self.variables.items()]
        return "\n".join(["unset AWS_PROFILE AWS_SESSION_TOKEN", *lines]) + "\n"
