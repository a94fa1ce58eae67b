"""What outlives a restart: settings, training runs, answers, feedback. In SQLite or PostgreSQL; takes plain values."""
