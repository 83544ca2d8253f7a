"""One run, from pixels to test scores."""
