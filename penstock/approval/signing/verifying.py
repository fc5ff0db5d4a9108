"""Verification of a signature by the public key that is written beside it."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def holds(key: str, message: bytes, signature: bytes) -> bool:
    """Return whether the private key that belongs to `key` made a signature over a message.

    Args:
        key: As `Signer.key`.
        message: What was signed.
        signature: Raw for Ed25519, DER for ECDSA.

    Returns:
        False as well where the key cannot be read.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.hashes import SHA256

    public = _public(key)
    if public is None:
        return False
    try:
        if isinstance(public, EllipticCurvePublicKey):
            public.verify(signature, message, ECDSA(SHA256()))
        else:
            public.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def is_key(key: str) -> bool:
    """Return whether a text is a public key of a kind that is known here."""
    return _public(key) is not None


def exact_base64(text: str) -> bytes | None:
    """Return what base64 stands for; None where another text would stand for the same bytes."""
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return content if base64.b64encode(content).decode() == text else None


def _public(key: str) -> Ed25519PublicKey | EllipticCurvePublicKey | None:
    kind, _, text = key.partition(":")
    content = exact_base64(text)
    if content is None:
        return None
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        if kind == "ed25519":
            from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

            return Ed25519PublicKey.from_public_bytes(content)
        if kind == "ecdsa-p256":
            return _p256(content)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return None


def _p256(content: bytes) -> EllipticCurvePublicKey | None:
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    public = load_der_public_key(content)
    if isinstance(public, EllipticCurvePublicKey) and isinstance(public.curve, SECP256R1):
        return public
    return None
