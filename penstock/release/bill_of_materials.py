"""The software bill of materials: CycloneDX 1.6 from `uv.lock`."""

from __future__ import annotations

import tomllib

from penstock.evidence.canonical import canonical_json


def bill_of_materials(lock: bytes, project: str, version: str) -> bytes:
    """Return CycloneDX JSON that names every locked package; it holds no time and no serial number.

    Hashes are those of the source distribution and the wheels, each as a distribution reference.
    Source: https://cyclonedx.org/docs/1.6/json/, https://github.com/package-url/purl-spec.
    """
    packages = tomllib.loads(lock.decode())["package"]
    components: list[dict[str, object]] = []
    for package in packages:
        if "registry" not in package.get("source", {}):
            continue
        files = [package["sdist"]] if "sdist" in package else []
        files += package.get("wheels", [])
        purl = f"pkg:pypi/{package['name'].replace('_', '-').lower()}@{package['version']}"
        components.append(
            {
                "type": "library",
                "bom-ref": f"{purl}#{len(components)}",
                "name": package["name"],
                "version": package["version"],
                "purl": purl,
                "externalReferences": [
                    {
                        "type": "distribution",
                        "url": file["url"],
                        "hashes": [
                            {"alg": "SHA-256", "content": file["hash"].removeprefix("sha256:")}
                        ],
                    }
                    for file in files
                ],
            }
        )
    return canonical_json(
        {
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "version": 1,
            "metadata": {
                "component": {
                    "type": "application",
                    "bom-ref": project,
                    "name": project,
                    "version": version,
                }
            },
            "components": components,
        }
    )
