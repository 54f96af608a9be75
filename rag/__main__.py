"""`python -m rag`, or `quoth` where it is installed: the command line of `rag.cli`."""

import sys
from pathlib import Path


def main() -> None:
    """Run what was typed, and exit."""
    try:
        from rag.cli import app

        installed = Path(sys.argv[0]).stem == "quoth"
        app(prog_name="quoth" if installed else "python -m rag")
    except KeyboardInterrupt:  # while the commands were still being imported
        sys.exit(130)


if __name__ == "__main__":
    main()
