"""What an outlet's runs are expected to give, learned from its own runs, and what breaks the expectation.

Pure: facts of runs in, violations out. `newsharvest.crawl.judging` collects the facts and writes the verdict.
"""
