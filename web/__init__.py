"""HTTP: the events API, provider webhooks, unsubscribe pages and the studio."""
