"""What people turned down, written down."""
