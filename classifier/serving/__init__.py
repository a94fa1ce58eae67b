"""Many models for many owners: batches in one worker thread, training in a child process, versions on disk."""
