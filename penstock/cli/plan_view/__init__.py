"""Plans for people and for machines."""
