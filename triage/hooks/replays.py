"""The numbers of tokens that were used, so that none passes twice, in whichever worker process it comes.

Kept is a digest of issuer and number until the token ends, and nothing that was sent. A connection lives for one look: processes
share the file and no connection. Whoever starts without the file cannot know what was used before, so that tokens from before
are refused.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path

from triage.hooks.tokens import Use

FILE = "tokens.sqlite3"
_TIMEOUT = 5


class Replays:
    """The memory in a folder that worker processes share; made where there is none. `now` is the time of its making."""

    def __init__(self, folder: Path, now: float) -> None:
        self._path = folder / FILE
        made = int(now)  # a token says when it was issued in whole seconds
        with closing(self._open()) as base:
            base.execute("PRAGMA journal_mode = WAL")
            base.execute("BEGIN IMMEDIATE")
            base.execute("CREATE TABLE IF NOT EXISTS used (digest BLOB PRIMARY KEY, ends INTEGER NOT NULL) WITHOUT ROWID")
            base.execute("CREATE INDEX IF NOT EXISTS ending ON used (ends)")
            base.execute("CREATE TABLE IF NOT EXISTS made (at INTEGER NOT NULL)")
            base.execute("INSERT INTO made SELECT ? WHERE NOT EXISTS (SELECT * FROM made)", (made,))
            base.execute("COMMIT")
            (self.made,) = base.execute("SELECT at FROM made").fetchone()

    def remember(self, use: Use, *, now: float) -> bool:
        """Whether this is the first use of a token; remembered until it ends. What has ended is forgotten."""
        if use.issued < self.made:
            return False
        digest = sha256(f"{len(use.issuer)}:{use.issuer}{use.number}".encode()).digest()
        with closing(self._open()) as base:
            base.execute("BEGIN IMMEDIATE")
            base.execute("DELETE FROM used WHERE ends < ?", (now,))
            added = base.execute("INSERT INTO used VALUES (?, ?) ON CONFLICT DO NOTHING", (digest, use.ends)).rowcount
            base.execute("COMMIT")
        return added == 1

    def _open(self) -> sqlite3.Connection:
        base = sqlite3.connect(self._path, timeout=_TIMEOUT, isolation_level=None)
        # A file that is made anew with each start need not outlive a loss of power.
        base.execute("PRAGMA synchronous = OFF")
        return base
