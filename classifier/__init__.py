"""Tell YouTube channels apart by their thumbnails: crawl, train, evaluate, predict. Knows nothing of Discord."""
