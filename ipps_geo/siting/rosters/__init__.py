"""Rosters of active stations: which of them overlap, and the fewest moves that repair them."""
