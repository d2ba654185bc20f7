"""What happened in a class as one document: who, what was shown, every run of every exercise, and the polls. No torch."""
