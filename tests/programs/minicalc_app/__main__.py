"""What runs when the folder, or a zip of it, is the target."""

import sys

from minicalc.app import main

if __name__ == "__main__":
    print("package:", repr(__package__), "main of", __name__)
    sys.exit(main(sys.argv[1:]))
