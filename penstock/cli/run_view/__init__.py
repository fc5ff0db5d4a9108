"""How a run shows itself: while it goes, and at its end."""
