"""What `evaluate` is made of: metrics with intervals, gates, curves and the report."""
