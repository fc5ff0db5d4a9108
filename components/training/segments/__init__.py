"""One model per segment: trained side by side, kept in one bundle, scored by segment."""
