"""The policy model: stations whose exclusive rosters satisfy the Measure, and the proof of how good a plan is."""
