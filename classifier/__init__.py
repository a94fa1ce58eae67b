"""Recognise YouTube channels by their thumbnails: crawl, train, evaluate, predict. Knows nothing about Discord."""
