"""Weather in pages: tickers of newspapers, tables and feeds of KMA. Raw in, raw out."""
