"""The environment that a command is about, once these credentials are known to be its account's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from penstock.errors import Problem, RequestError

if TYPE_CHECKING:
    from penstock.environments import Environment


@dataclass(frozen=True, slots=True)
class Account:
    """An environment, and who asks; `caller` is the ARN of these credentials."""

    environment: Environment
    caller: str


def open_account(name: str, file: str | None, *, runs_pipelines: bool = True) -> Account:
    """Return an environment of a file.

    Args:
        name: Of the environment.
        file: That names it; None: `environments.yaml` in the working directory.
        runs_pipelines: Whether it has to be one that pipelines run in.

    Raises:
        RequestError: The file is wrong, there is no such environment, no pipeline runs in it, or
            the credentials are of another account.
        ServiceError: There are no credentials, or STS cannot be reached.
    """
    from penstock.environments import load_environments
    from penstock.inspection.identity import caller

    environments = load_environments(file)
    environment = environments.get(name)
    if runs_pipelines and environment.kind == "tooling":
        what = f"no pipeline runs in {environment.name}."
        raise RequestError(Problem(what, "--env", "Name dev, pre-prod or prod."))
    answer = caller(environment.account, environment.region)
    if answer["Account"] != environment.account:
        what = (
            f"the file says account {environment.account} for {environment.name}, STS says "
            f"{answer['Account']} ({answer['Arn']})."
        )
        remedy = (
            f"Sign in to {environment.account}: another AWS_PROFILE or role; or mend the file. "
            "Nothing was done."
        )
        raise RequestError(Problem(what, environments.place(environment.name, "account"), remedy))
    return Account(environment, str(answer["Arn"]))
