"""Buttons and menus. They work after a restart, because all they need is in their custom ids."""
