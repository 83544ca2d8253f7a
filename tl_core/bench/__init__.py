"""`python -m tl_core bench`: this app against the usual ways to do the same, side by side in one run.

A case is one file here. What is measured runs in processes of its own: the contenders of tl_core.ml.contenders.
"""
