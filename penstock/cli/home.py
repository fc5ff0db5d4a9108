"""Where everything that runs leave behind lies."""

from pathlib import Path

HOME = Path(".penstock")
"""Below the working directory."""
