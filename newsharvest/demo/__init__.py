"""The bundled demo site: three made-up newspapers and KMA's pages on loopback, and the truth of what they print.

It imports nothing of ``cms``, ``weather`` or ``pipelines``: it is the independent witness of what they should find.
"""
