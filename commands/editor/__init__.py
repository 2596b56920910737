"""What an editor asks about a project, by pure functions; `server` and `protocol` speak LSP."""
