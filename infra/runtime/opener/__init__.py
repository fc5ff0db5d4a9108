"""The last gate: what opens production for a promotion."""
