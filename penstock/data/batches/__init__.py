"""Appending new data: `open_store(uri)` answers a store of tables that grow by batches."""

from penstock.data.batches.opening import open_store
from penstock.data.batches.port import Store

__all__ = ["Store", "open_store"]
