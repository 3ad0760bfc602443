"""Numbers, sums and units: from what people say (`phrasing`, `words`) to an exact value. Knows no tool."""
