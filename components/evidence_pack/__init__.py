"""What an approver is shown, and what an approval names."""
