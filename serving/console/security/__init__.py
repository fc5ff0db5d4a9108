"""What stands between a browser and a decision."""
