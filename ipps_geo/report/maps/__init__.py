"""The drawing room for maps: a sheet with its furniture, layers to put on it, and the maps made of them.

Maps are drawn in the metres of their region with matplotlib's own objects: no pyplot, no global settings, no network.
"""
