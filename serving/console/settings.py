"""How a console runs: read once, at the edge."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Provider:
    """An identity provider that speaks OpenID Connect, and whom it lets in.

    Attributes:
        issuer: As it stands in its tokens.
        client_id: Of this console there; the audience of its tokens.
        client_secret: What the console proves itself with; empty for a public client.
        roles_claim: Claim of the ID token that says what a person may do; dots lead into objects.
        approvers: Values of it that may decide.
        viewers: Values of it that may look.
        scopes: What is asked for beside `openid`.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    roles_claim: str
    approvers: frozenset[str]
    viewers: frozenset[str]
    scopes: tuple[str, ...] = ("profile", "email")


@dataclass(frozen=True, slots=True)
class Settings:
    """How a console runs.

    Attributes:
        address: Under which browsers reach it, without a path: `http://127.0.0.1:8420`.
        stage: Shown first.
        provider: Who signs people in; None: the one person of this machine, by a token.
        session_hours: After which everybody signs in again.
        idle_minutes: After which who did nothing signs in again.
        proxies: Addresses of proxies whose word on the client's address counts.
    """

    address: str
    stage: str
    provider: Provider | None = None
    session_hours: float = 8.0
    idle_minutes: float = 60.0
    proxies: tuple[str, ...] = ()

    @property
    def https(self) -> bool:
        """Whether browsers reach the console by https."""
        return self.address.startswith("https:")

    @property
    def hosts(self) -> frozenset[str]:
        """The `Host` headers that name the console."""
        parts = urlsplit(self.address)
        if parts.hostname in LOOPBACK and self.provider is None:
            names = ("127.0.0.1", "localhost", "[::1]")
            return frozenset(f"{name}:{parts.port or 80}" for name in names)
        return frozenset({parts.netloc.lower()})

    @property
    def cookie(self) -> str:
        """The name of the session's cookie.

        Browsers send cookies to every port of a host, so the port stands in the name; with https
        the prefix forbids that another host or path sets it.
        """
        if self.https:
            return "__Host-penstock-console"
        return f"penstock-console-{urlsplit(self.address).port or 80}"
