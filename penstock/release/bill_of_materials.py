"""The software bill of materials: CycloneDX 1.6 from `uv.lock`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from penstock.errors import Problem, RequestError
from penstock.evidence.canonical import canonical_json

_PYPI = "https://pypi.org/simple"
_ALGORITHMS = {"sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512"}

Package = Mapping[str, Any]


def bill_of_materials(lock: bytes, where: str) -> bytes:
    """Return CycloneDX JSON of every locked package, whatever is installed and whenever it is made.

    A package that only development or an extra needs has the scope `excluded` or `optional`. The
    hashes are those of the source distribution and the wheels.

    Args:
        lock: A lock file of uv.
        where: Its place, for messages.

    Raises:
        RequestError: It is no lock file of uv.
    """
    try:
        packages: list[Package] = tomllib.loads(lock.decode())["package"]
        return canonical_json(_document(packages))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RequestError(
            Problem(f"this is no lock file of uv: {error}.", where, "Lock the packages: uv lock.")
        ) from error


def _document(packages: Sequence[Package]) -> dict[str, Any]:
    """Source: https://cyclonedx.org/docs/1.6/json/."""
    project = next((each for each in packages if is_project(each)), None)
    if project is None:
        message = "it names no project"
        raise ValueError(message)
    others = [each for each in packages if each is not project]
    required = _reached(packages, project, project.get("dependencies", ()))
    extras = [each for group in project.get("optional-dependencies", {}).values() for each in group]
    optional = _reached(packages, project, extras)
    scopes = {
        _reference(each): "required"
        if each["name"] in required
        else "optional"
        if each["name"] in optional
        else "excluded"
        for each in others
    }
    by_name: dict[str, list[Package]] = {}
    for each in packages:
        by_name.setdefault(each["name"], []).append(each)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {**_identity(project), "type": "application"}},
        "components": sorted(
            (
                {
                    **_identity(each),
                    "type": "library",
                    "scope": scopes[_reference(each)],
                    **_files(each),
                }
                for each in others
            ),
            key=lambda each: str(each["bom-ref"]),
        ),
        "dependencies": sorted(
            (
                {
                    "ref": _reference(each),
                    "dependsOn": sorted(
                        {
                            _reference(other)
                            for needed in each.get("dependencies", ())
                            for other in by_name.get(needed["name"], ())
                            if needed.get("version", other.get("version")) == other.get("version")
                        }
                    ),
                }
                for each in packages
            ),
            key=lambda each: str(each["ref"]),
        ),
    }


def is_project(package: Package) -> bool:
    """Return whether an entry of the lock file is the project itself."""
    source = package.get("source", {})
    return "." in (source.get("editable"), source.get("virtual"))


def _reached(
    packages: Iterable[Package], project: Package, wanted: Iterable[Package]
) -> frozenset[str]:
    """Return the names of what some dependencies bring, on any machine."""
    entries: dict[str, list[Package]] = {}
    for each in packages:
        entries.setdefault(each["name"], []).append(each)
    found: set[str] = set()
    waiting = list(wanted)
    while waiting:
        needed = waiting.pop()
        name = needed["name"]
        seen = {name, *(f"{name}[{extra}]" for extra in needed.get("extra", ()))}
        if seen <= found or name == project["name"]:
            continue
        found |= seen
        for entry in entries.get(name, ()):
            waiting += entry.get("dependencies", ())
            for extra in needed.get("extra", ()):
                waiting += entry.get("optional-dependencies", {}).get(extra, ())
    return frozenset(found)


def _identity(package: Package) -> dict[str, Any]:
    version = {"version": package["version"]} if "version" in package else {}
    purl = {} if is_project(package) else {"purl": _purl(package)}
    return {"bom-ref": _reference(package), "name": package["name"], **version, **purl}


def _reference(package: Package) -> str:
    return str(package["name"]) if is_project(package) else _purl(package)


def _purl(package: Package) -> str:
    """Source: https://github.com/package-url/purl-spec, type pypi."""
    version = f"@{quote(package['version'], safe='')}" if "version" in package else ""
    source = package.get("source", {})
    qualifier = ""
    if source.get("registry", _PYPI) != _PYPI:
        qualifier = f"?repository_url={quote(source['registry'], safe='')}"
    elif "git" in source:
        qualifier = f"?vcs_url={quote('git+' + source['git'], safe='')}"
    elif "url" in source:
        qualifier = f"?download_url={quote(source['url'], safe='')}"
    return f"pkg:pypi/{package['name'].replace('_', '-').lower()}{version}{qualifier}"


def _files(package: Package) -> dict[str, Any]:
    files = [*([package["sdist"]] if "sdist" in package else []), *package.get("wheels", ())]
    references = [_distribution(each) for each in files if urlsplit(each.get("url", "")).scheme]
    return {"externalReferences": references} if references else {}


def _distribution(file: Package) -> dict[str, Any]:
    algorithm, _, digest = str(file.get("hash", "")).partition(":")
    known = _ALGORITHMS.get(algorithm)
    hashes = {"hashes": [{"alg": known, "content": digest}]} if known else {}
    return {"type": "distribution", "url": file["url"], **hashes}
