"""From texts to token ids and back, by whole words or by pieces of words; 0 is padding."""
