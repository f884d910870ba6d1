"""``python -m ipps_geo`` is the command line."""

from ipps_geo.cli import main

if __name__ == "__main__":
    main()
