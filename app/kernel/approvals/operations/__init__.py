"""Everything that changes applications, documents, and cases, one file a noun."""
