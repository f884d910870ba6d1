"""Pages set as PDF: dossiers and the atlas."""
