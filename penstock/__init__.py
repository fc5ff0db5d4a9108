"""The engine: contract, IR, targets, registry and the command line."""
