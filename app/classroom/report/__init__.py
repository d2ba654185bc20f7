"""The report of a class as one HTML file that needs no network: what happened, and a replay of it."""
