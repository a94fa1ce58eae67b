"""Artifacts: finished models and shared thumbnails, kept by their content where several machines can read them."""
