"""Whether what CI handed over is the release that it names."""
