"""`… IR FOLDER`: KFP's own local runner on the compiled IR, one process a task.

The tasks' modules are addressed from the project's root, as in an image; everything that they write
goes below FOLDER, a fresh pipeline root, so that nothing comes from a cache.
"""

import json
import os
import sys
from pathlib import Path

from kfp import components, local

from benchmarks.measuring import ROOT

if __name__ == "__main__":
    document, folder = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    settings = json.loads((folder / "settings.json").read_text())
    os.chdir(ROOT)
    local.init(
        runner=local.SubprocessRunner(use_venv=False),
        pipeline_root=str(folder / "kfp"),
        raise_on_error=True,
    )
    components.load_component_from_file(str(document))(source=settings["source"])
