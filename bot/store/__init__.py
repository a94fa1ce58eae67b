"""What outlives a restart: settings, trainings, answers, feedback. SQLite or PostgreSQL; plain values in and out."""
