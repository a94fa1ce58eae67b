"""YouTube → data folder: channels are crawled, thumbnails downloaded and stored, videos looked up."""
