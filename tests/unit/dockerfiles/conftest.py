"""The scripts of the image build are not a package: a build runs them as they lie."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3] / "dockerfiles"))
