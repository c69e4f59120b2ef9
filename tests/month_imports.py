"""What the fork server loads once for all crawls of a month."""

import pyarrow.compute
import pyarrow.dataset
import pyarrow.parquet
import scrapy.crawler

import newsharvest.chain
import newsharvest.harvest
import newsharvest.store

LOADED = (
    pyarrow.compute,
    pyarrow.dataset,
    pyarrow.parquet,
    scrapy.crawler,
    newsharvest.chain,
    newsharvest.harvest,
    newsharvest.store,
)
