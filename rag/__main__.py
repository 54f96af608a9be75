"""`python -m rag`: the command line of `rag.cli`."""

import sys

if __name__ == "__main__":
    try:
        from rag.cli import app

        app(prog_name="python -m rag")
    except KeyboardInterrupt:  # while the commands were still being imported
        sys.exit(130)
