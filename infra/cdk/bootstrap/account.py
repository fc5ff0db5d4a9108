"""What the stacks of one account are called, told from the file of environments alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from infra.cdk.naming import DELIVERY, QUALIFIER, SEAL_ALIAS, TO_PROD, Names, bucket_arn, bucket_of
from penstock.approval.ledger.aws_address import AwsPlace, read_aws_address
from penstock.environments import Environments
from penstock.errors import Problem, RequestError
from penstock.registry.sagemaker.address import read_address


@dataclass(frozen=True, slots=True)
class Account:
    """An account and the environments in it.

    Attributes:
        number: 12 digits.
        places: Names of each of its environments, in the file's order.
    """

    number: str
    places: Sequence[Names]

    @property
    def delivers(self) -> bool:
        """Whether it is the one of tooling."""
        return any(each.environment.kind == "tooling" for each in self.places)

    def ours(self, service: str, *kinds: str) -> list[str]:
        """Return ARNs of what begins with `penstock-ENV-`.

        Args:
            service: Such as `lambda`.
            kinds: What stands before the name, such as `function:`.
        """
        return self._each(lambda names: [names.arn(service, f"{k}{names.of('*')}") for k in kinds])

    def named(self, service: str, *resources: str) -> list[str]:
        """Return ARNs of what is called the same in every environment."""
        return self._each(lambda names: [names.arn(service, each) for each in resources])

    def deliveries(self) -> list[str]:
        """Return what the names of the CodePipelines begin with; use cases name the rest."""
        return [f"{each}-" for each in (DELIVERY, TO_PROD)] if self.delivers else []

    def buckets(self) -> list[str]:
        """Return ARNs of the buckets."""
        return self._each(lambda names: [bucket_arn(each) for each in _buckets(names) if each])

    def assets(self) -> list[str]:
        """Return ARNs of what the bootstrap's buckets hold: the code of functions."""
        return self._each(
            lambda names: [
                f"{bucket_arn(f'cdk-{QUALIFIER}-assets-{names.account}-{names.region}')}/*"
            ]
        )

    def tables(self) -> list[str]:
        """Return ARNs of the tables."""
        return self._each(lambda names: [names.table(each) for each in _tables(names) if each])

    def aliases(self) -> list[str]:
        """Return ARNs of the keys' aliases."""
        return self._each(lambda names: [names.arn("kms", each) for each in _aliases(names)])

    def job_roles(self) -> list[str]:
        """Return ARNs of the roles that jobs run as; their names are the file's."""
        return self._each(lambda names: [names.environment.role] * bool(names.environment.role))

    def roles(self) -> list[str]:
        """Return patterns of the other roles of ours."""
        return self._each(lambda names: [names.role("*")])

    def _each(self, made: Callable[[Names], list[str]]) -> list[str]:
        return list(dict.fromkeys(arn for names in self.places for arn in made(names)))


def account_of(environments: Environments, name: str) -> Account:
    """Return the account of an environment, with every environment that shares it.

    Raises:
        RequestError: There is no such environment, or it is in no account.
    """
    number = environments.get(name).account
    if not number:
        what = f"{name} is in no account."
        where = environments.place(name, "account")
        raise RequestError(Problem(what, where, "Name one that is deployed to."))
    return Account(number, [Names(each) for each in environments if each.account == number])


def _buckets(names: Names) -> list[str]:
    environment, ledger = names.environment, _ledger(names)
    registry = environment.registry
    held = [
        names.of(f"access-logs-{names.account}"),
        read_address(registry).bucket if registry.startswith("sagemaker://") else "",
        ledger.bucket if ledger else "",
    ]
    if environment.kind == "tooling":
        return [*held, names.artifacts, bucket_of(environment.releases)]
    return [*held, bucket_of(environment.artifacts), bucket_of(environment.code)]


def _tables(names: Names) -> list[str]:
    ledger = _ledger(names)
    if names.environment.kind == "tooling":
        return []
    return [names.environment.records, names.of("promotions"), ledger.table if ledger else ""]


def _aliases(names: Names) -> list[str]:
    ours = f"alias/{names.of('*')}"
    if names.environment.kind == "tooling":
        return [ours, SEAL_ALIAS]
    ledger = _ledger(names)
    return [ours, ledger.key] if ledger and ledger.key.startswith("alias/") else [ours]


def _ledger(names: Names) -> AwsPlace | None:
    address = names.environment.ledger
    return read_aws_address(address) if address.startswith("dynamodb://") else None
