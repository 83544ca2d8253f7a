"""What runs measured, in words and tables."""
