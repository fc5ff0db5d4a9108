"""The story of a promotion, act by act, so that a test can stop anywhere, disturb, and go on."""
