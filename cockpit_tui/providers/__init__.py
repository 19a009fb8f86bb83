"""Models behind one small interface; one module a wire format."""
