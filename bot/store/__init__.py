"""What the bot remembers: settings, trainings, answers, feedback. In SQLite or PostgreSQL; plain values in and out."""
