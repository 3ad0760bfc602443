"""Weather forecasts for Homewit. The entry point in pyproject.toml names the list below."""

from .forecast import weather_forecast

tools = [weather_forecast]
