"""The scenarios: of each what the server answers, and what the client does."""
