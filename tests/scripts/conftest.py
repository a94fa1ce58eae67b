"""The drawn channels and their model, shared with the classifier's tests."""

from tests.classifier.conftest import drawn, one_thread, trained, unseen

__all__ = ["drawn", "one_thread", "trained", "unseen"]
