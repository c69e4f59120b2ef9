"""What only a live crawl needs: middlewares, extensions, crawl state."""
