"""The item pipelines, in the order of their numbers: text 100 … parquet 900."""
