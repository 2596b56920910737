"""The development channel: messages are kept in a folder and leave for nowhere."""
