"""The form of a race, its start, its live view."""
