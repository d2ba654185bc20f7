"""Where published search spaces come from."""

DEEPOBS = "the grid of the DeepOBS baselines (Schneider, Balles and Hennig 2019)"
ALGOPERF = "the AlgoPerf paper baselines (Dahl et al. 2023)"
CUSTOMARY = "customary: about a factor of ten to either side of the usual value"
