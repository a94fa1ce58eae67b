"""Commands, one file per feature. They are thin: logic that works without Discord belongs elsewhere."""
