"""SMTP: email out through any server, bounces and complaints in."""
