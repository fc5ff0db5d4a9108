"""Which model serves each segment, read from a model folder without running anything."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MANIFEST, BUNDLE_FORMAT = "model.json", "penstock.bundle/1"
NO_MODEL = "none"


def segment_digests(folder: Path) -> Mapping[str, str]:
    """Return the digest of the model file that serves each segment, by the segment's name.

    Args:
        folder: A model folder whose bytes were verified.

    Returns:
        Empty for one model for all; `none` for a segment that no model serves.
    """
    file = folder / MANIFEST
    if not file.is_file():
        return {}
    try:
        document = json.loads(file.read_bytes())
    except ValueError:
        return {}
    if not isinstance(document, dict) or document.get("format") != BUNDLE_FORMAT:
        return {}
    pooled, segments = _digest(document.get("pooled")), document.get("segments")
    return {
        str(name): pooled if segment.get("served_by") == "pooled" else _digest(segment.get("model"))
        for name, segment in sorted(segments.items() if isinstance(segments, dict) else ())
        if isinstance(segment, dict)
    }


def _digest(model: Any) -> str:
    found = model.get("payload_sha256") if isinstance(model, dict) else None
    return f"sha256:{found}" if found else NO_MODEL
