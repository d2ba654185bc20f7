"""The field's folklore as experiments: what is claimed, what was trained to look, and what came of it."""
