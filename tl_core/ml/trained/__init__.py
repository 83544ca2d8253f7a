"""The process in which trained models are asked: `python -m tl_core.ml.trained`."""
