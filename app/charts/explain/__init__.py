"""Figures of explanations: pure functions from arrays and names to Plotly figures; nothing here reads the page's state."""
