"""An injected-fault gallery: small runs of known fault and known outcome, and how the diagnosis does on them."""
