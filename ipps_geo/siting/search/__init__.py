"""What every search of siting stands on: groups of demand, watch, HiGHS, branching, checks of arguments, the plan."""
