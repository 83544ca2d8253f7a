"""Starts, or is, another process: the supervisor, an intake, a trained model that is asked."""
