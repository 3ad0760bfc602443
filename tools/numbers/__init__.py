"""Sums and units: from what people say (`phrasing`) to an exact value. Nothing here knows a tool."""
