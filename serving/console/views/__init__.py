"""What pages show, as plain values: figures in words, places on drawings."""
