"""Layers and tables for other programs: GeoPackage with its styles, GeoJSON, GeoParquet, CSV."""
