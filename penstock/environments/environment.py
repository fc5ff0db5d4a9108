"""One environment as the rest of Penstock sees it."""

from __future__ import annotations

from pydantic import Field

from penstock.environments.kinds import kind_of
from penstock.environments.network import network_parameters
from penstock.environments.settings import EnvironmentSettings


class Environment(EnvironmentSettings):
    """The settings of an environment, checked, with its name."""

    name: str = Field(min_length=1)
    """As the file names it."""

    @property
    def kind(self) -> str:
        """One of `kinds.KINDS`: `prod` of `prod-eu`."""
        return kind_of(self.name)

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters of a definition by which an environment enters it."""
        return {
            "Image": self.image,
            "Role": self.role,
            "ArtifactRoot": self.artifacts,
            "CodeRoot": self.code,
            **network_parameters(self.subnets, self.security_groups),
        }


def named(name: str, settings: EnvironmentSettings) -> Environment:
    """Return checked settings under their name, with what is left out filled in."""
    given = {key: getattr(settings, key) for key in EnvironmentSettings.model_fields}
    if not settings.code and settings.artifacts:
        given["code"] = f"{settings.artifacts}/code"
    # They are checked; a second validation would refuse the empty ones that `tooling` may have.
    return Environment.model_construct(name=name, **given)
