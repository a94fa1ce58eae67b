"""Benchmarks: this project compared with other methods. Not part of the product."""
