"""Many models for many owners: batches in one worker thread, trainings in a child process, versions on disk."""
