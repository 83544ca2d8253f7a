"""What `python -m tl_core bench` compares: each module is a process that prints what it measured as one JSON line."""
