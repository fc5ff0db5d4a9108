"""An ID token counts only if this provider made it, for this console, for this sign-in, now."""

from collections.abc import Mapping
from typing import Any, Protocol

from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import (
    BadSignatureError,
    ExpiredTokenError,
    InvalidClaimError,
    InvalidKeyIdError,
    JoseError,
    MissingClaimError,
)
from joserfc.jwk import KeySet

from penstock.errors import Problem
from serving.console.refusal import RefusedError
from serving.console.settings import Provider

SKEW_SECONDS = 60
"""How far the clocks of provider and console may be apart."""

_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
"""Signatures by a private key. `none` and those by a shared secret are no proof of the provider."""


class Keys(Protocol):
    """The provider's public keys."""

    def __call__(self, *, again: bool = False) -> KeySet:
        """Return them; fetched anew where one is missing."""


def check_id_token(
    tokens: Mapping[str, Any], *, provider: Provider, nonce: str, keys: Keys
) -> Mapping[str, Any]:
    """Return the claims of the ID token.

    Raises:
        RefusedError: The token does not hold; names the rule.

    Source: OpenID Connect Core 1.0, section 3.1.3.7.
    """
    raw = tokens.get("id_token")
    if not isinstance(raw, str):
        raise _refused("it gave no ID token.", "Ask for the scope openid.")
    token = _signed(raw, keys)
    audience = token.claims.get("aud")
    if provider.client_id not in (audience if isinstance(audience, list) else [audience]):
        raise _refused(
            f"it is for {audience!r}, not for {provider.client_id!r} (audience).",
            "Sign in here, with this console's own client.",
        )
    if token.claims.get("iss") != provider.issuer:
        raise _refused(f"it was issued by {token.claims.get('iss')!r} (issuer).")
    claims = CodeIDToken(
        token.claims,
        token.header,
        {"iss": {"value": provider.issuer}, "sub": {"essential": True}},
        {
            "nonce": nonce,
            "client_id": provider.client_id,
            "access_token": tokens.get("access_token"),
        },
    )
    try:
        claims.validate(leeway=SKEW_SECONDS)
    except ExpiredTokenError:
        raise _refused("it has expired.", "Sign in again; look at both clocks.") from None
    except (InvalidClaimError, MissingClaimError) as error:
        raise _refused(f"a claim does not hold: {error.description or error}.") from None
    except JoseError as error:
        raise _refused(f"it does not hold: {error.error}.") from None
    if not isinstance(token.claims.get("sub"), str) or not token.claims["sub"]:
        raise _refused("it names nobody (sub).")
    return token.claims


def _signed(raw: str, keys: Keys) -> jwt.Token:
    for again in (False, True):
        try:
            return jwt.decode(raw, keys(again=again), algorithms=list(_ALGORITHMS))
        except (InvalidKeyIdError, BadSignatureError):
            # The provider may have changed its keys since they were fetched.
            continue
        except (JoseError, ValueError) as error:
            raise _refused(f"it cannot be read: {error}.") from None
    raise _refused("its signature is not that of a key of the provider.")


def _refused(what: str, remedy: str = "Sign in again.") -> RefusedError:
    return RefusedError(
        403,
        "Not signed in",
        Problem(f"the identity provider's token is refused: {what}", remedy=remedy),
    )
