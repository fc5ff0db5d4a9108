"""What every signer can do."""

from typing import Protocol


class Signer(Protocol):
    """Holds a private key, or the right to use one.

    Attributes:
        key: The public key as text, by which everybody can verify what it signed without asking
            anybody: `ed25519:<base64 of the 32 bytes>`, or `ecdsa-p256:<base64 of the DER form of
            SubjectPublicKeyInfo>` for NIST P-256 with SHA-256.
    """

    @property
    def key(self) -> str:
        """See above."""

    def sign(self, message: bytes) -> bytes:
        """Return the signature over a message: raw for Ed25519, DER for ECDSA.

        Raises:
            ApprovalError: The key cannot be used: missing, damaged, readable for others.
            ServiceError: The service that holds it refused or could not be reached.
        """
