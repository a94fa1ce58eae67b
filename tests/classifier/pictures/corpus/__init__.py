"""Odd, broken and costly image files of all formats, made here byte by byte; `python -m` measures what they cost."""
