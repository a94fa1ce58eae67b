"""Jobs: training runs that are performed in this process, or by workers anywhere."""
