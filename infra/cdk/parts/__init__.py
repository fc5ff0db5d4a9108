"""Resources as every stack makes them: encrypted, kept, told about."""
