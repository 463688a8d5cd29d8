"""Programs that nobody here wrote and that are no Python: Node.js with what `tests/npm` names, and Chromium.

Where one is missing, the tests that need it are passed over with the reason; `.ci/run` installs both.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

NPM = Path(__file__).parent / "npm"
MODULES = NPM / "node_modules"
CHROMIUM = shutil.which("chromium")
_NODE = shutil.which("node")

HEALTHCHAIN = Path(__file__).parent.parent / ".venv" / "healthchain" / "bin" / "python"

needs_node = pytest.mark.skipif(
    _NODE is None or not MODULES.is_dir(), reason="needs Node.js and `make .venv/node`, which installs what tests/npm names"
)
needs_modeler = pytest.mark.skipif(
    CHROMIUM is None or not MODULES.is_dir(), reason="needs Chromium and `make .venv/node`, which installs what tests/npm names"
)
needs_healthchain = pytest.mark.skipif(
    not HEALTHCHAIN.exists(),
    reason="needs `make .venv/healthchain/made`, since HealthChain wants other versions than are tested here",
)


def run_node(script: str, given: object) -> Any:
    """What a script of `tests/npm` makes of a JSON value."""
    assert _NODE is not None
    told = json.dumps(given)
    done = subprocess.run([_NODE, NPM / script], input=told, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def start_chromium() -> Iterator[Browser]:
    """A browser without a window, closed at the end."""
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()
