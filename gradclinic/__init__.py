"""Gradient Clinic: see why a network trains, or doesn't."""

__version__ = "0.1.0"
