"""SendGrid: email out, event webhook in."""
