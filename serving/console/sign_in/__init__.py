"""Who is there: one person on this machine, or people whom an identity provider knows."""
