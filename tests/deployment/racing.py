"""Races of upserts in processes of their own, some of them killed: run by test_races.

    python racing.py ENVIRONMENTS_FILE FIRST_RACE LAST_RACE

Prints a JSON document a race. The process makes its clients before it forks and calls nothing
itself, so that no connection is shared.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from penstock.deployment.origin import Origin
from penstock.deployment.place import Place, open_place
from penstock.deployment.upserting import upsert
from penstock.deployment.wanted import Wanted
from penstock.environments import load_environments

LEASE_SECONDS = 2.0


def main() -> None:
    file, first, last = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    environment = load_environments(file).get("dev")
    place = open_place(environment, "arn:aws:iam::1:user/x", Path(file).parent)
    place = replace(place, lease_seconds=LEASE_SECONDS)
    # Kills keep pace with the machine, so that many hit in the middle.
    began = time.monotonic()
    _forked(_wanted(place, f"pace-{first}", 0), place).wait()
    pace = time.monotonic() - began
    for race in range(first, last):
        print(json.dumps(run(race, place, pace)), flush=True)


def run(race: int, place: Place, pace: float) -> dict[str, Any]:
    dice = random.Random(race)
    name = f"race-{race}"
    wanted = [_wanted(place, name, seed) for seed in range(6)]
    if dice.random() < 0.7:
        _forked(wanted[0], place).wait()
    seeds = range(1, dice.randint(2, 4) + 1)
    # Every fourth race one dies by itself right before or after the change, where it matters most.
    fatal = {dice.choice(seeds): dice.choice(["before", "after"])} if race % 4 == 0 else {}
    racers = [_forked(wanted[seed], place, fatal.get(seed, "")) for seed in seeds]
    victims = dice.sample(racers, dice.choice([0, 1, 1, 2]))
    for victim in victims:
        time.sleep(dice.random() * pace)
        victim.kill()
    answers = {each.seed: each.wait() for each in racers}
    began = time.monotonic()
    last = _forked(wanted[5], place).wait()
    return {
        "name": name,
        "killed": [each.seed for each in victims] + list(fatal),
        "answers": answers,
        "last": last,
        "seconds": time.monotonic() - began,
        "bodies": {str(seed): each.body for seed, each in enumerate(wanted)},
    }


class Racer:
    """One forked upsert."""

    def __init__(self, seed: int, process: int, answer: int) -> None:
        self.seed, self._process, self._answer = seed, process, answer

    def kill(self) -> None:
        os.kill(self._process, signal.SIGKILL)

    def wait(self) -> str:
        """Return what it said; nothing if it was killed before."""
        with os.fdopen(self._answer, "rb") as answer:
            said = answer.read().decode()
        os.waitpid(self._process, 0)
        return said


def _dying(place: Place, when: str) -> None:
    """Let the change of a pipeline kill this process, before it is made or after."""

    def deadly(change: Any) -> Any:
        def changed(*arguments: Any) -> None:
            if when == "after":
                change(*arguments)
            os.kill(os.getpid(), signal.SIGKILL)

        return changed

    service: Any = place.service
    service.create, service.update = deadly(service.create), deadly(service.update)


def _forked(wanted: Wanted, place: Place, fatal: str = "") -> Racer:
    reading, writing = os.pipe()
    process = os.fork()
    if process:
        os.close(writing)
        return Racer(int(json.loads(wanted.definition)["Seed"]), process, reading)
    random.seed(os.getpid())
    if fatal:
        _dying(place, fatal)
    try:
        outcome = upsert(wanted, place)
        said = f"{outcome.done} {outcome.version.number}"
    except Exception as error:  # noqa: BLE001  # it is told to the parent
        said = f"{type(error).__name__}: {error}"
    os.write(writing, said.encode()[:4000])
    os._exit(0)


def _wanted(place: Place, name: str, seed: int) -> Wanted:
    document = {"Version": "2020-12-01", "Seed": seed, "Steps": []}
    return Wanted(
        name=name,
        definition=json.dumps(document),
        assets={f"{seed}/adapter.py": str(seed).encode()},
        role=place.environment.role,
        parallel=8,
        parameters=place.environment.parameters,
        origin=Origin(f"{seed}" * 40),
    )


if __name__ == "__main__":
    main()
