"""What only a bot of several processes needs. Nothing below is imported unless the settings ask for it."""
