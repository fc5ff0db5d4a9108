"""What the figures were measured on."""

import os
import platform
import sys
from importlib.metadata import version


def machine() -> dict[str, str]:
    """Return cores, memory and the versions that decide the figures; no name and no path."""
    pages, page_size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    libraries = ("duckdb", "kfp", "mlflow-skinny", "numpy", "pandas", "scikit-learn", "xgboost-cpu")
    return {
        "cores": str(len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count()),
        "memory": f"{pages * page_size / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        **{name: version(name) for name in libraries},
    }


def load() -> float:
    """Return the number of processes that wanted a core, averaged over the last minute."""
    return os.getloadavg()[0]
