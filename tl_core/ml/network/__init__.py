"""Backbone, head, freeze plan and cuts on a real Keras model."""
