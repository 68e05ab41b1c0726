"""What runs with -m minicalc."""

import sys

from . import __version__
from .app import main

print("minicalc", __version__, "package:", repr(__package__), "main of", __name__)
sys.exit(main(sys.argv[1:]))
