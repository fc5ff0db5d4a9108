"""Upserts at the same time, some killed: no change is lost, no lock stays, no state is half."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

RACES, DRIVERS = 100, 2
DONE = re.compile(r"(created|updated|nothing) (\d+)")


@pytest.mark.slow
def test_a_hundred_races_with_kills_leave_one_unbroken_history(place, environment, tmp_path):
    file = tmp_path / "environments.yaml"
    settings = {
        name: getattr(environment, name)
        for name in ("account", "region", "role", "artifacts", "image", "records")
    }
    file.write_text(json.dumps({"environments": {"dev": settings}}))
    script = Path(__file__).with_name("racing.py")
    share = RACES // DRIVERS
    drivers = [
        subprocess.Popen(
            [
                sys.executable,
                str(script),
                str(file),
                str(number * share),
                str((number + 1) * share),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(DRIVERS)
    ]
    races = [
        json.loads(line) for driver in drivers for line in driver.communicate()[0].splitlines()
    ]
    assert len(races) == RACES
    killed_on_the_way = 0
    for race in races:
        versions = list(reversed(place.records.versions(race["name"])))
        assert [each.number for each in versions] == list(range(1, len(versions) + 1)), race
        assert {each.state for each in versions} <= {"applied", "abandoned"}, race
        killed_on_the_way += any(each.state == "abandoned" for each in versions)
        body = ""
        for each in versions:
            assert each.before == body, race
            body = each.body if each.state == "applied" else body
        there = place.service.read(race["name"])
        assert there.body == body == race["bodies"]["5"], race
        numbers = {}
        for seed, said in race["answers"].items():
            found = DONE.fullmatch(said)
            assert found or (not said and int(seed) in race["killed"]), race
            if found:
                numbers[int(found[2])] = race["bodies"][seed]
        applied = {each.number: each.body for each in versions if each.state == "applied"}
        assert numbers.items() <= applied.items(), race
        assert DONE.fullmatch(race["last"]), race
        assert place.records.lock(race["name"]) is None, race
    assert killed_on_the_way
