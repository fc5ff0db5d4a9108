"""Who may do what, told from synthesized templates; pure."""
