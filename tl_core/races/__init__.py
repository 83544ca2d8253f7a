"""A race before it runs: its settings, its freeze plan, what it will cost."""
