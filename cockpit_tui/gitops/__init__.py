"""Git: a hub clone per project, worktrees off it, and everything that runs the git program."""
