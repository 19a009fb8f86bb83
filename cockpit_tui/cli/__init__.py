"""The command line: one module a noun, and the one place that puts the product together."""
