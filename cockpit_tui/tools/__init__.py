"""The hands of an agent: files, search and shell, each confined to one worktree."""
