"""Pictures that the app draws itself: pictograms, letters and symbols."""
