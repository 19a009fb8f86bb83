"""Measurements of what SPEC section 8 sets targets for. Run all: `python -m bench`."""
