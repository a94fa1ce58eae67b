"""What only the processes of a cluster need."""
