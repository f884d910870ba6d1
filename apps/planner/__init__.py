"""Pages of the planning app: widgets only, one page per file; planning makes results, screens tells them."""
