"""Small experiments: recipes trained quietly in this process, arms against seeds, and what they show."""
