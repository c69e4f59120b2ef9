"""The command ``newsharvest``, and ``python -m newsharvest``."""

from __future__ import annotations

from newsharvest.stopping import exit_on_signals


def main() -> None:
    """Run the command line; a signal has its exit code from the first moment on, imports included."""
    exit_on_signals()
    from newsharvest import cli

    cli.main()


if __name__ == "__main__":
    main()
