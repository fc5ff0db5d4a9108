"""The whole promotion, played on this machine in four accounts."""
