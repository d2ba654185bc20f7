"""Programs for people who work on Gradient Clinic itself."""
