"""A tool that tells the weather of a day, as Open-Meteo forecasts it.

The network, the clock and the settings come from the context, so that the user grants them and a test
replaces them.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from homewit.tools import ToolContext, ToolFailed, ToolRetry, tool

OPEN_METEO = {"places": "https://geocoding-api.open-meteo.com", "weather": "https://api.open-meteo.com"}
DAYS = 16
"""How far ahead the service looks."""


@dataclass(frozen=True)
class Forecast:
    """`text` is for people; later steps of a plan refer to the other fields."""

    place: str
    date: date
    lowest_c: float
    highest_c: float
    rain_mm: float
    text: str


@tool(effect="network", sinks=("city",), examples=[{"city": "Oslo"}, {"city": "Oslo", "day": "tomorrow"}])
async def weather_forecast(city: str, day: str = "today", *, ctx: ToolContext) -> Forecast:
    """Tell the weather forecast for a city: temperatures and rain of one day.

    Args:
        city: the name of the city.
        day: today, tomorrow, or a date such as 2026-05-03.
    """
    when = _day(day, ctx.now().date())
    place = await _ask(ctx, "places", "/v1/search", {"name": city, "count": "1"})
    if not place.get("results"):
        raise ToolRetry(f"Open-Meteo knows no place called {city!r}.", "Write the city's English name alone.")
    found = place["results"][0]
    weather = await _ask(
        ctx,
        "weather",
        "/v1/forecast",
        {
            "latitude": str(found["latitude"]),
            "longitude": str(found["longitude"]),
            "daily": "temperature_2m_min,temperature_2m_max,precipitation_sum",
            "timezone": "auto",
            "start_date": when.isoformat(),
            "end_date": when.isoformat(),
        },
    )
    daily = weather["daily"]
    lowest, highest = daily["temperature_2m_min"][0], daily["temperature_2m_max"][0]
    rain = daily["precipitation_sum"][0]
    wet = f"{rain:g} mm of rain" if rain else "no rain"
    text = f"{found['name']} on {when:%A, %d %B}: {lowest:g} to {highest:g} °C, {wet}."
    return Forecast(found["name"], when, lowest, highest, rain, text)


def _day(words: str, today: date) -> date:
    named = {"": today, "today": today, "tomorrow": today + timedelta(days=1)}
    try:
        when = named.get(words.strip().lower()) or date.fromisoformat(words.strip())
    except ValueError as error:
        raise ToolRetry(
            f"{words!r} is not a day.", "Write today, tomorrow or a date as 2026-05-03."
        ) from error
    if not today <= when < today + timedelta(days=DAYS):
        raise ToolRetry(
            f"There is no forecast for {when}.", f"It covers today and the {DAYS - 1} days after it."
        )
    return when


async def _ask(ctx: ToolContext, service: str, path: str, params: dict[str, str]) -> dict[str, Any]:
    server = ctx.settings.get("weather.url") or OPEN_METEO[service]
    answer = await ctx.net().get(f"{server}{path}", params=params)
    if answer.status != 200:
        raise ToolFailed(f"Open-Meteo answered with status {answer.status}; try again later.")
    return answer.json()
