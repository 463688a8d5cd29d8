"""`python -m publish FOLDER`: build the site into a folder, which appears whole or not at all."""

from __future__ import annotations

import sys
from pathlib import Path

from publish.build import BuildError, build

try:
    build(Path(sys.argv[1]))
except BuildError as error:
    sys.exit(f"publish: {error}")
