"""Data frames in, Plotly figures out; knows nothing else of the app."""
