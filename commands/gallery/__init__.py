"""The gallery of all messages as a folder of files that a browser opens, without a server."""
