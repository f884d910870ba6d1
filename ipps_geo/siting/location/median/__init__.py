"""The p-median, with and without capacities."""
