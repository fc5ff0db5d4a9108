"""Sign-in by OpenID Connect: authorization code with PKCE, state and nonce."""

import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from authlib.oauth2.rfc6749.parameters import (  # type: ignore[import-untyped]
    prepare_grant_uri,
)
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]

from penstock.approval.port import Person
from penstock.errors import Problem, ServiceError
from serving.console.refusal import RefusedError
from serving.console.security.sessions import Role
from serving.console.settings import Provider
from serving.console.sign_in.discovery import TIMEOUT_SECONDS, Discovery
from serving.console.sign_in.id_token import check_id_token
from serving.console.sign_in.roles import role_of

_MINUTES = 10
_MOST_ATTEMPTS = 1_000


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in that has begun.

    Attributes:
        state: Comes back with the answer; the browser that began holds it in a cookie.
        nonce: Comes back inside the token.
        verifier: Proves that who began also ends it.
        page: Where to go afterwards.
        started: By the clock of `OpenIdSignIn`.
    """

    state: str
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    page: str
    started: float


class OpenIdSignIn:
    """People whom an identity provider knows.

    Args:
        provider: Which, and whom it lets in.
        answer_address: Where the provider sends browsers back to.
        client: Makes the calls; one with timeouts by default.
        clock: Seconds that never run backwards.

    Source: OpenID Connect Core 1.0, section 3.1; RFC 7636; RFC 9207.
    """

    def __init__(
        self,
        provider: Provider,
        answer_address: str,
        client: httpx.Client | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.provider = provider
        self._answer_address = answer_address
        self._client = client or httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False)
        self._discovery = Discovery(provider.issuer, self._client, clock)
        self._clock = clock
        self._attempts: dict[str, Attempt] = {}
        self._lock = threading.Lock()

    def begin(self, page: str) -> tuple[Attempt, str]:
        """Return a new attempt and the provider's address to send the browser to.

        Raises:
            ServiceError: The provider cannot be reached.
        """
        where = self._discovery.endpoints().authorization
        now = self._clock()
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        attempt = Attempt(state, nonce, verifier, page, now)
        with self._lock:
            self._forget(now)
            self._attempts[attempt.state] = attempt
        address = prepare_grant_uri(
            where,
            self.provider.client_id,
            "code",
            redirect_uri=self._answer_address,
            scope=" ".join(("openid", *self.provider.scopes)),
            state=attempt.state,
            nonce=attempt.nonce,
            code_challenge=create_s256_code_challenge(attempt.verifier),
            code_challenge_method="S256",
        )
        return attempt, str(address)

    def finish(self, answer: Mapping[str, str], state: str) -> tuple[Person, Role, str]:
        """Return who has signed in, what they may do and where they wanted to go.

        Args:
            answer: The query with which the provider sent the browser back.
            state: What the browser's cookie says it began.

        Raises:
            RefusedError: The answer is not that of an attempt of this browser, or its token does
                not hold, or the person has no role.
            ServiceError: The provider cannot be reached.
        """
        attempt = self._attempt(answer.get("state", ""), state)
        if answer.get("iss", self.provider.issuer) != self.provider.issuer:
            raise _refused("the answer comes from another identity provider.")
        if "error" in answer:
            told = answer.get("error_description") or answer["error"]
            raise _refused(f"the identity provider refused: {told[:300]}.")
        tokens = self._exchange(answer.get("code", ""), attempt)
        claims = check_id_token(
            tokens, provider=self.provider, nonce=attempt.nonce, keys=self._discovery.keys
        )
        person = Person(
            f"{self.provider.issuer}|{claims['sub']}", shown=_shown(claims), method="oidc"
        )
        return person, role_of(claims, self.provider), attempt.page

    def _attempt(self, answered: str, state: str) -> Attempt:
        with self._lock:
            self._forget(self._clock())
            # Taken out: no answer counts twice.
            attempt = self._attempts.pop(answered, None) if answered else None
        if attempt is None or not secrets.compare_digest(attempt.state.encode(), state.encode()):
            raise _refused("this browser began no such sign-in, or it took too long.")
        return attempt

    def _forget(self, now: float) -> None:
        old = [s for s, each in self._attempts.items() if now - each.started > 60 * _MINUTES]
        for each in old:
            del self._attempts[each]
        while len(self._attempts) >= _MOST_ATTEMPTS:
            del self._attempts[next(iter(self._attempts))]

    def _exchange(self, code: str, attempt: Attempt) -> Mapping[str, Any]:
        """Exchange the code; it is not repeated, since a code counts once."""
        where = self._discovery.endpoints().token
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._answer_address,
            "code_verifier": attempt.verifier,
        }
        basic = None
        if self.provider.client_secret:
            basic = httpx.BasicAuth(self.provider.client_id, self.provider.client_secret)
        else:
            form["client_id"] = self.provider.client_id
        try:
            answer = self._client.post(where, data=form, auth=basic or httpx.USE_CLIENT_DEFAULT)
            said = answer.json()
        except (httpx.HTTPError, ValueError):
            raise ServiceError(
                Problem("the identity provider gave no token.", where, "Sign in again.")
            ) from None
        if answer.status_code != 200 or not isinstance(said, dict):
            told = said.get("error", "") if isinstance(said, dict) else ""
            raise _refused(
                f"the identity provider gave no token: {str(told)[:100] or 'no reason'}."
            )
        return said


def _shown(claims: Mapping[str, Any]) -> str:
    for name in ("preferred_username", "email", "name"):
        found = claims.get(name)
        if isinstance(found, str) and found.strip():
            return found.strip()[:100]
    return str(claims["sub"])


def _refused(what: str) -> RefusedError:
    return RefusedError(403, "Not signed in", Problem(what, remedy="Sign in again."))
