"""The half that runs in worker processes: the only code that imports TensorFlow and Keras."""
