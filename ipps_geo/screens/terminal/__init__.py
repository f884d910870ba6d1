"""The lines that a terminal shows."""
