"""What every page may use: addresses, charts, pictures, labels, and the watch over what goes on."""
