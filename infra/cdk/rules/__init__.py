"""Our own rules for templates: pure functions from a template to findings."""
