"""What is asked: HTTP in, decisions out. Folders follow the URL; start in `operations/`."""
