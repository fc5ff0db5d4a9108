"""What survives an interrupted training: finished candidates, and the state of the one under way.

Every entry carries a fingerprint of all that decides the result; an entry of another training is
passed over, so that a stale checkpoint cannot leak into a model.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.training.outcome import Fitted
from components.training.standardisation import Standardisation

_STATE = "state.bin"
_FINISHED = "finished.bin"
_DIGEST_BYTES = 32


def fingerprint(facts: Mapping[str, Any]) -> str:
    """Return a name for a training, given all facts that decide its result."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class CandidateCheckpoints:
    """The checkpoints of one candidate, in `folder/<fingerprint>/`."""

    folder: Path
    fingerprint: str

    def save_state(self, state: bytes) -> None:
        """Keep the state of the fit under way; the one before is replaced."""
        self._write(_STATE, state)

    def load_state(self) -> bytes | None:
        """Return the state kept last, or None."""
        return self._read(_STATE)

    def save_finished(self, fitted: Fitted) -> None:
        """Keep a fitted candidate; its state is no longer needed."""
        scaling = fitted.standardisation
        facts = {
            "kind": fitted.kind,
            "rounds": fitted.rounds,
            "fill": fitted.fill,
            "standardisation": scaling and [scaling.means, scaling.scales],
        }
        self._write(_FINISHED, json.dumps(facts).encode() + b"\n" + fitted.payload)
        (self._place / _STATE).unlink(missing_ok=True)

    def load_finished(self) -> Fitted | None:
        """Return the fitted candidate, or None."""
        content = self._read(_FINISHED)
        if content is None:
            return None
        head, _, payload = content.partition(b"\n")
        facts = json.loads(head)
        scaling = facts.pop("standardisation")
        return Fitted(
            **facts,
            payload=payload,
            standardisation=Standardisation(*map(tuple, scaling)) if scaling else None,
        )

    def clear(self) -> None:
        """Remove everything of this candidate."""
        shutil.rmtree(self._place, ignore_errors=True)

    @property
    def _place(self) -> Path:
        return self.folder / self.fingerprint

    def _write(self, name: str, content: bytes) -> None:
        self._place.mkdir(parents=True, exist_ok=True)
        aside = self._place / f"{name}.part"
        with aside.open("wb") as stream:
            stream.write(hashlib.sha256(content).digest())
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        aside.replace(self._place / name)

    def _read(self, name: str) -> bytes | None:
        try:
            stored = (self._place / name).read_bytes()
        except FileNotFoundError:
            return None
        digest, content = stored[:_DIGEST_BYTES], stored[_DIGEST_BYTES:]
        return content if hashlib.sha256(content).digest() == digest else None
