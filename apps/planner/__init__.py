"""Pages of the planning app: widgets only, one page per file; everything that is computed comes from planning."""
