"""A month of the demo site's papers: a script of what befalls them, by seed, and what they print and mean day by day.

Papers publish, edit, delete and renumber; they redesign, go down, come back, throttle and ban; one comes out weekly, one
with 0 to 3 articles a day; one loses its domain. Tickers, view counters and side boxes change on every fetch, and some send
no validators. Over 추석. The script, the pages and the truth are functions of (seed, day); nothing is parsed here.
"""
