"""`python -m orderwright` is the command `orderwright`."""

from orderwright.cli import main

main()
