"""Facts of a repository, read from the tree of one commit; nothing of it is ever run."""
