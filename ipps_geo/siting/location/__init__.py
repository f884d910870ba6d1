"""The classic location models: set covering, maximal covering, p-center, p-median."""
