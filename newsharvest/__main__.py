"""``python -m newsharvest``: the command line."""

from newsharvest.cli import main

main()
