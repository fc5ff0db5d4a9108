"""Where rows come from: `open_source(uri)` answers a reader; each kind of store has its folder."""

from penstock.data.sources.opening import open_source
from penstock.data.sources.table import Request, Source, SourceTable

__all__ = ["Request", "Source", "SourceTable", "open_source"]
