"""What differs between two definitions, argument by argument; nothing is asked of a service."""
