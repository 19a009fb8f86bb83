"""One module a recipe: something that rules can do honestly in any repository."""
