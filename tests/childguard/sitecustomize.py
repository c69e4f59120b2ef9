"""Imported by every Python process that a test starts: its sockets are watched, its names come from a table."""

import netguard

netguard.install()
netguard.know_names_of_the_table_only()
