"""The four steps as plain calls of the component functions, for everyone who runs them."""
