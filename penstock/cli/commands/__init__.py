"""One file per command; each is loaded only when its command is called."""
