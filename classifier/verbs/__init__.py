"""The verbs of `python -m classifier`. Each imports what it needs when it runs: the help is printed at once."""
