"""Publishes the wheel in dist/ to the CodeArtifact repository of its channel.

`make publish`. CODEARTIFACT_DOMAIN names the domain (empty: nothing is published),
CODEARTIFACT_OWNER its account where that is another one, CODEARTIFACT_STABLE and CODEARTIFACT_DEV
the repositories. A wheel that is there with the same bytes is left alone; one with other bytes is
an error.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from penstock.data.aws.clients import open_client
from penstock.data.aws.failures import error_code, translated
from penstock.errors import PenstockError, Problem, RequestError, WorkError

ROOT = Path(__file__).parents[1]
PACKAGE = "penstock"
_TOKEN_SECONDS = 900
_UPLOAD_SECONDS = 600


def publish(channel: str, wheel: Path, environment: dict[str, str]) -> str:
    """Publish one wheel and say what was done.

    Args:
        channel: `stable`, `dev` or `none`.
        wheel: The file.
        environment: Holds the CODEARTIFACT variables.

    Raises:
        PenstockError: A variable is missing, the version is there with other bytes, or the service
            refused.
    """
    domain = environment.get("CODEARTIFACT_DOMAIN", "")
    if channel == "none" or not domain:
        reason = "CODEARTIFACT_DOMAIN is empty" if channel != "none" else "this is no tag, nor main"
        return f"{wheel.name} is not published: {reason}."
    variable = f"CODEARTIFACT_{channel.upper()}"
    repository = environment.get(variable, "")
    if not repository:
        raise RequestError(Problem(f"{variable} is empty.", "", "Name the repository."))
    where = f"{domain}/{repository}"
    owner = environment.get("CODEARTIFACT_OWNER", "")
    named = {"domain": domain, **({"domainOwner": owner} if owner else {})}
    with translated("codeartifact", where):
        client = open_client("codeartifact", where=where)
        if _is_there(client, {**named, "repository": repository}, wheel, where):
            return f"{wheel.name} is in {where} already, with the same bytes."
        token = client.get_authorization_token(**named, durationSeconds=_TOKEN_SECONDS)
        endpoint = client.get_repository_endpoint(**named, repository=repository, format="pypi")
    _upload(wheel, endpoint["repositoryEndpoint"], token["authorizationToken"], where)
    return f"{wheel.name} is in {where}."


def _is_there(client: Any, named: dict[str, str], wheel: Path, where: str) -> bool:
    """Return whether the version is there with these bytes."""
    version = wheel.name.split("-")[1]
    try:
        found = client.list_package_version_assets(
            **named, format="pypi", package=PACKAGE, packageVersion=version
        )
    except client.exceptions.ClientError as error:
        if error_code(error) == "ResourceNotFoundException":
            return False
        raise
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    kept = {asset["name"]: asset.get("hashes", {}).get("SHA-256") for asset in found["assets"]}
    if wheel.name not in kept:
        return False
    if kept[wheel.name] != digest:
        raise WorkError(
            Problem(
                f"{wheel.name} is there with other bytes: {kept[wheel.name]} instead of {digest}.",
                where,
                "Publish another version: what is published never changes.",
            )
        )
    return True


def _upload(wheel: Path, endpoint: str, token: str, where: str) -> None:
    """Let uv upload the wheel; the token goes by its environment, where no list of processes is."""
    command = [ROOT / ".uv" / "bin" / "uv", "publish", "--quiet", "--publish-url", endpoint, wheel]
    secret = {"UV_PUBLISH_USERNAME": "aws", "UV_PUBLISH_PASSWORD": token}
    done = subprocess.run(
        command,
        env={**os.environ, **secret},
        capture_output=True,
        text=True,
        check=False,
        timeout=_UPLOAD_SECONDS,
    )
    if done.returncode != 0:
        said = " ".join(done.stderr.replace(token, "***").split())
        raise WorkError(Problem(f"{wheel.name} was not taken: {said}", where, "Try again."))


def main() -> int:
    """Publish what dist/ holds."""
    try:
        channel = subprocess.run(
            [ROOT / ".ci" / "channel"], stdout=subprocess.PIPE, text=True, check=False
        )
        if channel.returncode != 0:
            return 1
        wheels = sorted((ROOT / "dist").glob("*.whl"))
        if len(wheels) != 1:
            what = f"there are {len(wheels)} wheels instead of one."
            raise RequestError(Problem(what, "dist", "Run: make wheel."))
        print(publish(channel.stdout.strip(), wheels[0], dict(os.environ)))
    except PenstockError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
