"""The programs that are measured; each is started as a process of its own."""
