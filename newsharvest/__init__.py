"""newsharvest: Korean regional news and weather pages as Parquet datasets."""
