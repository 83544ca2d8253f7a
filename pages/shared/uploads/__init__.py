"""The Your images page."""
