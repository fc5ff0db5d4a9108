"""What makes a registered model one that plain MLflow loads, in environments without Penstock."""
