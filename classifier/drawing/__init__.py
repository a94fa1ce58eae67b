"""Values → PNG: the confidence plot and the figures."""
