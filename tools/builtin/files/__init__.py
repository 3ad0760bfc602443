"""Files in granted folders: read, written, edited, moved, and thrown away where they can be fetched back."""
