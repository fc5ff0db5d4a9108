"""The last look before a model is loaded: is it the one that was approved?"""

from pathlib import Path

from penstock.data.digest import content_digest
from penstock.errors import ApprovalError, Problem


def check_approved(folder: Path, digest: str, version: str) -> None:
    """Refuse a model folder whose bytes are not those that were approved.

    Args:
        folder: The model folder.
        digest: Content digest that was approved; empty: nobody named one.
        version: What it is called, for messages.

    Raises:
        ApprovalError: The digest differs; nothing of the model was read for anything else.
    """
    if not digest:
        return
    found = content_digest(folder)
    if found != digest:
        raise ApprovalError(
            Problem(
                f"the model has the digest {found}; {digest} was approved.",
                version or str(folder),
                "See what changed it: pipeline models verify. Or roll back: pipeline models "
                "rollback.",
            )
        )
