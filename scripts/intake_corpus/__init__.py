"""The corpus of good and bad files that intake is tested with; ``build_intake_corpus.py`` writes it."""
