"""What a request is made for: the ``kind`` of its row in ``fetches``."""

ARTICLE, LIST, FEED, SITEMAP, ROBOTS = "article", "list", "feed", "sitemap", "robots"
WEATHER = "weather"
CHECK = "check"
"""The front page of a suspended outlet: is it itself again?"""
