"""Versions, decisions and what is live, for people and machines."""
