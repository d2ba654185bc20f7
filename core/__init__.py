"""The training-diagnostics core: recipes, data, models, training, probes and the run store. No user interface."""
