"""One question, many runs."""
