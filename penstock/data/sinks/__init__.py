"""Where decisions go: `open_sink(uri)` answers a writer; each kind of store has its folder."""

from penstock.data.sinks.opening import open_sink, sink_uri
from penstock.data.sinks.port import DAY_COLUMN, RUN_COLUMN, Publication, Published, Sink

__all__ = [
    "DAY_COLUMN",
    "RUN_COLUMN",
    "Publication",
    "Published",
    "Sink",
    "open_sink",
    "sink_uri",
]
