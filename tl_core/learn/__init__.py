"""The Learn page's text and its figures."""
