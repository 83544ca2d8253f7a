"""Words that everyone shares: what a run is, what it tells, settings, wording, files."""
