"""`python -m vidsense`, for where the command is not on the path."""

from vidsense.cli.main import main

main()
