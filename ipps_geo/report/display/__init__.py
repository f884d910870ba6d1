"""What a result shows to somebody who works with it in Python: a table in a notebook, a picture, one file."""
