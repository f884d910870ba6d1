"""Location models that HiGHS solves as compact programs: the program, its inputs, the answer."""
