"""One module per CMS family; the registry of families."""
