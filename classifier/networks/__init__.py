"""Arrays → features and logits: the networks, and what they share."""
