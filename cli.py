"""A doorway for a checkout: `python cli.py …` is `triage …`."""

if __name__ == "__main__":
    try:
        from triage.cli import main
    except ModuleNotFoundError as missing:
        message = f"triage: {missing.name} is not installed for this Python; run `make demo`, then use .venv/bin/triage"
        raise SystemExit(message) from None
    main()
