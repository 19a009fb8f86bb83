"""Tests that follow from what the code says about itself: examples, signatures, annotations."""
