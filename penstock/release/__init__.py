"""Releases: one archive, built reproducibly, named by its content, verified offline."""

from penstock.release.building import Compiled, Contents, build_release
from penstock.release.release import Release
from penstock.release.verifying import Verification, open_release, verify_release

__all__ = [
    "Compiled",
    "Contents",
    "Release",
    "Verification",
    "build_release",
    "open_release",
    "verify_release",
]
