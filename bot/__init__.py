"""The Discord face of Thumbprint. Reaches learning only through `classifier.engine` and plain values."""
