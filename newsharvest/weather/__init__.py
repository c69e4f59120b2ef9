"""Weather on pages: the ticker under the articles, and KMA's own pages."""
