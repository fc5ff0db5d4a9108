"""A release as text and as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from penstock.release import Release


def release_document(release: Release) -> dict[str, Any]:
    """Return what machines are told of a release."""
    return {
        "digest": release.digest,
        "bytes": archive_bytes(release),
        "provenance": release.provenance.model_dump(mode="json"),
        **release.manifest.model_dump(mode="json"),
    }


def release_text(release: Release) -> str:
    """Return what people are told of a release, on one screen."""
    manifest, provenance = release.manifest, release.provenance
    commit = f"{release.commit}, {release.commit_time:%Y-%m-%d %H:%M} UTC"
    use_cases = sorted({each.use_case for each in manifest.pipelines})
    images = [("image", each) for each in manifest.images] or [("image", "none")]
    changed = [("changed", ascii(each)[1:-1]) for each in provenance.changed]
    templates = sum(path.startswith("templates/") for path in release.files)
    rows = [
        ("release", release.digest),
        ("project", f"{manifest.project.name} {manifest.project.version}"),
        ("commit", f"{commit}{', dirty' if release.dirty else ''}"),
        *changed,
        ("builder", f"{provenance.builder.name} {provenance.builder.version}"),
        ("lock", f"{provenance.lock.path} {provenance.lock.sha256}"),
        *images,
        ("use cases", ", ".join(use_cases)),
        *(("pipeline", _pipeline(each.name, len(each.assets))) for each in manifest.pipelines),
        *([("templates", str(templates))] if templates else []),
        ("files", f"{len(release.files)}, {archive_bytes(release):,} bytes"),
    ]
    return "\n".join(f"{name:<11}{text}" for name, text in rows)


def archive_bytes(release: Release) -> int:
    """Return the size of a release's archive."""
    from penstock.release.header import BLOCK_BYTES
    from penstock.release.packing import END, padding_bytes

    sizes = map(len, release.files.values())
    return sum(BLOCK_BYTES + size + padding_bytes(size) for size in sizes) + len(END)


def _pipeline(name: str, assets: int) -> str:
    return f"{name} ({assets} code assets)" if assets else name
