"""Scrapy's settings: safe by default; what a run changes it changes by name (``-s NAME=value``).

Where a value differs from Scrapy's default, docs/reliability.md's measurements are the reason.
"""

from __future__ import annotations

import os

from newsharvest.config import Config
from newsharvest.versions import check_pipelines, package_version

BOT_NAME = "newsharvest"
SPIDER_MODULES = ["newsharvest.spiders"]
NEWSPIDER_MODULE = "newsharvest.spiders"
USER_AGENT = f"newsharvest/{package_version()} (archive of regional news; obeys robots.txt)"

# Ours. A run's command line overrides them.
NEWSHARVEST_DATA = os.environ.get("NEWSHARVEST_DATA", "data")
NEWSHARVEST_COMMAND = "scrapy"
NEWSHARVEST_ARGUMENTS = ""
NEWSHARVEST_WAIT = 0.0  # seconds to wait for another run that holds the data dir
NEWSHARVEST_PARSE_SECONDS = float(os.environ.get("NEWSHARVEST_PARSE_SECONDS", "8"))  # a page; longer ones fail
NEWSHARVEST_DEMO_PROXY = os.environ.get(
    "NEWSHARVEST_DEMO_PROXY", ""
)  # the demo site; without it no .test host is asked
NEWSHARVEST_QUIET = False  # no progress
NEWSHARVEST_NOW = None  # when it is, for a simulation; see newsharvest.clock
NEWSHARVEST_CONFIG = None  # a newsharvest.config.Config in place of the data dir's newsharvest.toml
ADDONS = {"newsharvest.crawl.configured.FromConfig": 0}
_CONFIG = Config()  # what holds where the operator states nothing

# Nothing listens, nothing is remembered beside the archive and the crawl state.
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
COOKIES_ENABLED = False
HTTPCACHE_ENABLED = False
JOBDIR = None
REFERRER_POLICY = "no-referrer"

# Only http and https, verified, bounded in size and time.
DOWNLOAD_HANDLERS = {
    "http": "newsharvest.crawl.keyed.Keyed",
    "https": "newsharvest.crawl.tls.Https",
    "file": None,
    "ftp": None,
    "s3": None,
    "data": None,
}
DOWNLOADER = "newsharvest.crawl.stopping.StoppableDownloader"
TWISTED_DNS_RESOLVER = "newsharvest.crawl.resolving.PublicResolver"
DOWNLOAD_VERIFY_CERTIFICATES = True
DOWNLOAD_MAXSIZE = 10 * 1024**2
DOWNLOAD_WARNSIZE = 3 * 1024**2
DOWNLOAD_TIMEOUT = 30
DOWNLOAD_FAIL_ON_DATALOSS = True
REDIRECT_MAX_TIMES = 5
METAREFRESH_ENABLED = False
RETRY_TIMES = 2
# These two drop requests with a counter for a trace: the guard refuses over-long URLs with an outcome, and the spider's
# own steps (sitemaps of sitemaps, list pages) have their own limits.
URLLENGTH_LIMIT = 0
DEPTH_LIMIT = 0
# The spider gives every status an outcome itself.
HTTPERROR_ALLOW_ALL = True

CLOSESPIDER_TIMEOUT = 0  # newsharvest.crawl.timekeeping ends a run, and says whether only leftovers were open
CLOSESPIDER_ERRORCOUNT = 200
MEMUSAGE_LIMIT_MB = 1536

# Polite: our robots.txt middleware stands in for Scrapy's, which lets disallowed URLs through when several wait.
ROBOTSTXT_OBEY = True
ROBOTSTXT_USER_AGENT = "newsharvest"
DOWNLOAD_DELAY = _CONFIG.pace.host_delay
CONCURRENT_ITEMS = 1
CONCURRENT_REQUESTS = 256  # a waiting room: newsharvest.crawl.politeness decides how many are under way
CONCURRENT_REQUESTS_PER_DOMAIN = _CONFIG.pace.host_concurrency
AUTOTHROTTLE_ENABLED = True
AUTOTHROTTLE_START_DELAY = 1.0
AUTOTHROTTLE_MAX_DELAY = 30.0

DOWNLOADER_MIDDLEWARES = {
    "newsharvest.crawl.guards.Guard": 10,
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "newsharvest.crawl.robots.Robots": 100,
    "newsharvest.crawl.backoff.Backoff": 560,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "newsharvest.crawl.archiving.Archiving": 950,
}
EXTENSIONS = {
    "newsharvest.crawl.outcomes.Tally": 50,
    "newsharvest.crawl.landing.Landing": 100,
    "newsharvest.crawl.progress.Progress": 200,
    "newsharvest.crawl.parsers.Parsers": 300,
    "newsharvest.crawl.stopping.Stopping": 400,
    "newsharvest.crawl.politeness.Politeness": 350,
    "newsharvest.crawl.timekeeping.Timekeeper": 450,
}
ITEM_PROCESSOR = "newsharvest.crawl.processing.Processor"  # most pipelines run where pages are parsed
ITEM_PIPELINES = {
    "pipelines.text.TextPipeline": 100,
    "pipelines.credits.CreditsPipeline": 150,
    "pipelines.dates.DatesPipeline": 200,
    "pipelines.temperature.TemperaturePipeline": 300,
    "pipelines.quantities.QuantitiesPipeline": 350,
    "pipelines.stations.StationsPipeline": 400,
    "pipelines.regions.RegionsPipeline": 500,
    "pipelines.quality.QualityPipeline": 800,
    "pipelines.parquet.ParquetPipeline": 900,
}

LOG_LEVEL = "INFO"
LOG_FORMATTER = "newsharvest.crawl.telling.Formatter"
FEED_EXPORT_ENCODING = "utf-8"

check_pipelines()
