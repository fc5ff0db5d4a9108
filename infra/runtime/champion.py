"""The model that a candidate is compared with: the one that is live."""

from __future__ import annotations

from collections.abc import Mapping

from infra.runtime.statements import evidence_beside

NO_CHAMPION = {"champion": "", "champion_version": "", "champion_evidence": ""}


def champion_of(live: Mapping[str, str] | None) -> Mapping[str, str]:
    """Return the parameters of a training that name the champion.

    Args:
        live: The record of the model that decides; None: none does.
    """
    if live is None:
        return NO_CHAMPION
    return {
        "champion": live["model"],
        "champion_version": f"{live['group']}/{live['version']}",
        "champion_evidence": evidence_beside(live["model"]),
    }
