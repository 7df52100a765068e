"""``python -m sharpen``: the command line, where no script ``sharpen`` is on the path."""

from sharpen.cli.app import main

main()
