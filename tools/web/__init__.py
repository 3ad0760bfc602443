"""What lies between a tool and a page: it knows markup, and opens no connection."""
