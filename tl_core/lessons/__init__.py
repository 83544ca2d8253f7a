"""Guess, run, reveal: the lessons and the pitfalls."""
