"""The append-only ledger of decisions: one port, an adapter for each store."""
