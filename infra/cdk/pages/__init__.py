"""What pages of the documentation show of the templates, so that it cannot go stale."""
