"""Files to and from S3 that may be large: in parts, each with its SHA-256, resumed after a kill."""
