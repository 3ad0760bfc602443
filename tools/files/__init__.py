"""What lies between a tool and the files in granted folders; which are granted is decided elsewhere."""
