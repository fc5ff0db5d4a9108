"""Whether a key of KMS is there and can be used."""

from __future__ import annotations

from collections.abc import Iterator

from penstock.data.aws.clients import open_client
from penstock.data.aws.failures import error_code, translated
from penstock.inspection.finding import Finding

ENCRYPTING, SIGNING = "ENCRYPT_DECRYPT", "SIGN_VERIFY"


def key(name: str, called: str, region: str, usage: str, place: str) -> Iterator[Finding]:
    """Look at a key.

    Args:
        name: Of the findings.
        called: Id, alias or ARN of the key.
        region: Where it has to be.
        usage: `ENCRYPTING` or `SIGNING`.
        place: `file:line` of it.

    Raises:
        ServiceError: KMS refused or cannot be reached.
    """
    client = open_client("kms", region, f"the key {called}")
    with translated("kms", f"the key {called}"):
        try:
            found = client.describe_key(KeyId=called)["KeyMetadata"]
        except Exception as error:
            if error_code(error) != "NotFoundException":
                raise
            found = None
    if found is None:
        said, remedy = f"there is no key {called} in {region}", f"Create it, or mend {place}."
        yield Finding(name, "broken", said, remedy)
    elif found.get("KeyUsage") != usage:
        said = f"the key {called} is made for {found.get('KeyUsage')}, not for {usage}"
        yield Finding(name, "broken", said, f"Name another one in {place}.")
    elif found.get("KeyState") != "Enabled":
        said = f"the key {called} is {found.get('KeyState')}"
        remedy = f"Enable it: aws kms enable-key; or mend {place}."
        yield Finding(name, "broken", said, remedy)
    else:
        yield Finding(name, "ok", f"the key {called} in {region}")
