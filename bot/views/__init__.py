"""What people press: buttons and menus that work after a restart, for all they need is in their custom ids."""
