"""The report: one page, no script, no request, every text escaped."""
