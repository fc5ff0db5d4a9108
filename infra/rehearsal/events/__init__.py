"""EventBridge: events of services, and the rules that carry them from account to account."""
