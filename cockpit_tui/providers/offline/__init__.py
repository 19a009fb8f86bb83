"""The offline provider: rules, not AI, behind the same interface as any model."""
