"""The command `pipeline`. Importing this package loads nothing heavy."""
