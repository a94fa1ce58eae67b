"""The drawn channels and the model of them, which the classifier's tests use too."""

from tests.classifier.conftest import drawn, one_thread, trained

__all__ = ["drawn", "one_thread", "trained"]
