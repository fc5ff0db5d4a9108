"""What people and programs call over HTTP."""
