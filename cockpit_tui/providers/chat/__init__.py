"""OpenAI's wires: chat.completions, which most others speak too, and Responses."""
