"""Tells people of executions that failed."""
