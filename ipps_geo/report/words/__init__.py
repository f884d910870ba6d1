"""The words of both languages, the ground floor of report: catalogues, names for ids, sentences of findings."""
