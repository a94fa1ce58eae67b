"""Values → PNG: the confidence plot, the explanations of an answer, and the other figures."""
