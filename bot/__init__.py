"""The Discord bot. It uses the classifier only through `classifier.engine` and plain values."""
