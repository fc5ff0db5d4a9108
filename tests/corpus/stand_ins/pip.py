"""Stands for pip: says whether a package is here, in any version, and installs nothing."""

import importlib.metadata
import re
import sys

_TAKES_A_VALUE = {"-i", "--index-url", "--extra-index-url", "--trusted-host"}
# The default install brings XGBoost's build without CUDA, under a name of its own.
_ALSO_CALLED = {"xgboost": "xgboost-cpu"}


def is_here(requirement: str) -> bool:
    """Return whether some version of the package is installed."""
    match = re.match(r"[A-Za-z0-9][\w.-]*", requirement)
    if match is None or "python_version" in requirement:
        return True
    for name in filter(None, (match[0], _ALSO_CALLED.get(match[0].lower()))):
        try:
            importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        return True
    return False


def main(arguments: list[str]) -> int:
    """Return 0 if everything to install is here."""
    words = iter(arguments[1:] if arguments[:1] == ["install"] else arguments)
    wanted = []
    for word in words:
        if word in _TAKES_A_VALUE:
            next(words, None)
        elif not word.startswith("-"):
            wanted.append(word)
    absent = [requirement for requirement in wanted if not is_here(requirement)]
    if absent:
        print(f"not installed here: {', '.join(absent)}", file=sys.stderr)
    return 1 if absent else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
