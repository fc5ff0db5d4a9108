"""`… USE_CASE FOLDER SETTINGS`: rows of the use case's own generator, with other settings."""

import importlib
import json
import sys
from pathlib import Path

from penstock.use_case import load_use_case

if __name__ == "__main__":
    generator = load_use_case(sys.argv[1]).source.generator
    if generator is None:
        sys.exit(f"the use case {sys.argv[1]} has no generator")
    folder = Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    module, _, function = generator.function.partition(":")
    loaded = {} if generator.load_days is None else {"days": generator.load_days}
    made = {**loaded, **generator.settings, **json.loads(sys.argv[3])}
    print(getattr(importlib.import_module(module), function)(folder, **made))
