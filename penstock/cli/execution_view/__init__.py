"""Executions in an account, shown to people and machines."""
