"""The pages, one file each: read, hand to a template."""
