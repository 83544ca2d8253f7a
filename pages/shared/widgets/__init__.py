"""What every page may use: addresses, charts, pictures, marks."""
