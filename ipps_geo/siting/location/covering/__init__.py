"""The classic covering models: maximal covering, location set covering with backup, p-center."""
