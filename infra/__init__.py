"""What deploys Penstock: the CDK app and the rules it is held to."""
