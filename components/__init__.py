"""The components: one typed function a file."""
