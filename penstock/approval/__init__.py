"""Who approved which bytes for which stage: rules, signatures, a ledger, and what is live."""
