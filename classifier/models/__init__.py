"""Artifact → prediction: what a model folder holds, and what it says about a picture."""
