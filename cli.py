"""A doorway for a checkout: `python cli.py …` is `triage …`."""

from triage.__main__ import main

if __name__ == "__main__":
    main()
