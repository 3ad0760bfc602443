"""What a run leaves on disk as it goes, and how one that was killed is taken up from that alone."""
