"""docs/environments.md shows a sound file and names every setting."""

import re
from pathlib import Path

from penstock.environments import parse_environments
from penstock.environments.settings import EnvironmentSettings

PAGE = Path(__file__).resolve().parents[2] / "docs" / "environments.md"


def test_the_example_of_the_page_is_sound() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert parse_environments(example, "docs/environments.md").names == ("dev", "prod", "tooling")


def test_the_page_names_every_setting() -> None:
    rows = [
        line.split("|")[1]
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith("| `")
    ]
    named = {each.partition(".")[0] for row in rows for each in re.findall(r"`([^`]+)`", row)}
    assert set(EnvironmentSettings.model_fields) <= named
