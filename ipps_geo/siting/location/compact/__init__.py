"""Location models that HiGHS solves as mixed-integer programs: the program, cuts, amounts, moves, the answer."""
