"""Where artifacts live: one port, a store for each scheme of a URI."""
