"""A template that changed: which selectors stopped matching, since when, and what to write in their place.

Everything is read from the archive; nothing is applied by itself. `samples` finds the pages, `compare` the day and the rules,
`locate` where known values stand on new pages, `propose` the selectors that give them, `render` shows both sides.
"""
