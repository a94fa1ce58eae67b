"""Data folder → arrays: thumbnails decoded, listed, split into sets, and prepared for a network."""
