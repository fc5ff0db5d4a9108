"""What `pipeline release` does: collects a release of the project, finds releases, shows them."""
