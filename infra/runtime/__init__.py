"""What runs in Lambda: promotion, scheduled starts, notices. Shipped as it stands here."""
