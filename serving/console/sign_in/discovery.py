"""What an identity provider says about itself, and its keys: fetched with patience, kept."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from penstock.errors import Problem, ServiceError

TIMEOUT_SECONDS = 5.0
_TRIES = 3
_KEPT_SECONDS = 3600.0
_FRESH_SECONDS = 30.0
"""An unknown key is looked for again, but not on every request: anyone can send one."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where a provider takes what."""

    authorization: str
    token: str
    keys: str
    end_session: str


class Discovery:
    """Reads `/.well-known/openid-configuration` and the key set.

    Args:
        issuer: Whose.
        client: Makes the calls.
        clock: Seconds that never run backwards.

    Source: OpenID Connect Discovery 1.0, section 4.
    """

    def __init__(
        self, issuer: str, client: httpx.Client, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._issuer = issuer
        self._client = client
        self._clock = clock
        self._lock = threading.Lock()
        self._endpoints: tuple[float, Endpoints] | None = None
        self._keys: tuple[float, KeySet] | None = None

    def endpoints(self) -> Endpoints:
        """Return where the provider takes what.

        Raises:
            ServiceError: It cannot be reached, or speaks for another issuer.
        """
        with self._lock:
            if self._endpoints and self._clock() - self._endpoints[0] < _KEPT_SECONDS:
                return self._endpoints[1]
            where = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
            said = get_json(self._client, where)
            if said.get("issuer") != self._issuer:
                raise ServiceError(
                    Problem(
                        f"the provider calls itself {said.get('issuer')!r}, not {self._issuer!r}.",
                        where,
                        "Set issuer exactly as the provider writes it.",
                    )
                )
            found = Endpoints(
                _address(said, "authorization_endpoint", where),
                _address(said, "token_endpoint", where),
                _address(said, "jwks_uri", where),
                str(said.get("end_session_endpoint", "")),
            )
            self._endpoints = (self._clock(), found)
            return found

    def keys(self, *, again: bool = False) -> KeySet:
        """Return the provider's public keys.

        Args:
            again: A token named a key that was not among them.

        Raises:
            ServiceError: It cannot be reached, or what it answers is no key set.
        """
        where = self.endpoints().keys
        with self._lock:
            kept = _FRESH_SECONDS if again else _KEPT_SECONDS
            if self._keys and self._clock() - self._keys[0] < kept:
                return self._keys[1]
            try:
                keys = KeySet.import_key_set(get_json(self._client, where))  # type: ignore[arg-type]
            except (JoseError, ValueError, TypeError, KeyError) as error:
                raise _nonsense(where) from error
            self._keys = (self._clock(), keys)
            return keys


def get_json(client: httpx.Client, where: str) -> Mapping[str, Any]:
    """Return a JSON object; repeated where that helps.

    Raises:
        ServiceError: There is none.
    """
    for left in reversed(range(_TRIES)):
        try:
            answer = client.get(where)
        except httpx.HTTPError as error:
            if left:
                time.sleep(0.2 * 2 ** (_TRIES - left))
                continue
            raise _unreachable(where, type(error).__name__) from None
        if answer.status_code >= 500 and left:
            time.sleep(0.2 * 2 ** (_TRIES - left))
            continue
        if answer.status_code != 200:
            raise _unreachable(where, f"status {answer.status_code}")
        try:
            said = answer.json()
        except ValueError:
            raise _nonsense(where) from None
        if not isinstance(said, dict):
            raise _nonsense(where)
        return said
    raise AssertionError


def _address(said: Mapping[str, Any], name: str, where: str) -> str:
    found = said.get(name)
    if not isinstance(found, str) or not found.startswith(("https://", "http://")):
        raise ServiceError(
            Problem(f"the provider names no {name}.", where, "Look at the provider's settings.")
        )
    return found


def _unreachable(where: str, why: str) -> ServiceError:
    return ServiceError(
        Problem(
            f"the identity provider does not answer ({why}).",
            where,
            "Try again; if it stays so, ask those who run the provider.",
        )
    )


def _nonsense(where: str) -> ServiceError:
    return ServiceError(
        Problem("the identity provider's answer cannot be read.", where, "Look at its settings.")
    )
