"""Transfers in a forked child for every line of its input, so that a kill costs no new start.

A line is JSON: work (send or receive), file, bucket, key, part (bytes), keep, once, and
`kill`: the name of an operation and after how many of its answers the child kills itself. Answers
`ended STATUS OUTCOME`.
"""

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any


def main() -> None:
    from penstock.data.aws.clients import open_client
    from penstock.data.aws.transfers.parts import Sizes
    from penstock.data.aws.transfers.place import Place
    from penstock.data.aws.transfers.receiving import receive
    from penstock.data.aws.transfers.sending import send
    from penstock.data.aws.transfers.source import open_source
    from penstock.data.aws.transfers.wishes import Wishes

    # What takes long to load is there before the first child is.
    open_client("s3")
    print("ready", flush=True)
    while line := sys.stdin.readline():
        asked = json.loads(line)
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            client = open_client("s3")
            _kill_after(client, *asked["kill"])
            place, file = Place(asked["bucket"], asked["key"]), Path(asked["file"])
            sizes = Sizes(asked["part"], most_at_once=asked["at_once"])
            outcome = ""
            if asked["work"] == "send":
                with open_source(file) as source:
                    outcome = send(
                        client, source, place, Wishes(once=asked["once"]), sizes=sizes
                    ).name
            else:
                receive(client, place, file, keep=Path(asked["keep"]), sizes=sizes)
            os.write(writing, outcome.encode())
            os._exit(0)
        os.close(writing)
        _, status = os.waitpid(child, 0)
        outcome = os.read(reading, 100).decode()
        os.close(reading)
        print(f"ended {status} {outcome}", flush=True)


def _kill_after(client: Any, operation: str, count: int) -> None:
    left = [count]

    def answered(**_: Any) -> None:
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    if operation:
        client.meta.events.register(f"after-call.s3.{operation}", answered)


if __name__ == "__main__":
    main()
