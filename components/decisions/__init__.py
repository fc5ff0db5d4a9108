"""What becomes of scores: decisions, their reasons, and the page that people read."""
