"""Workbooks: the plain sheet, the sheets that several share, and the books themselves."""
