"""What every search of this room stands on: groups of demand, the watch, HiGHS, checks of arguments, the plan."""
