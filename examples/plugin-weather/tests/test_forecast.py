"""The forecast, against a server that this file stands in for."""

from datetime import date

import pytest
from homewit_weather import weather_forecast
from homewit_weather.forecast import Forecast

from homewit.tools import ToolFailed, ToolRetry
from homewit.tools.testing import FakeNet, check_plugin, check_tool, fake_context

OSLO = {"results": [{"name": "Oslo", "latitude": 59.9, "longitude": 10.7}]}
WEATHER = {
    "daily": {"temperature_2m_min": [-2.0], "temperature_2m_max": [3.5], "precipitation_sum": [1.2]},
}


def server(url: str):
    """What Open-Meteo would answer: it knows one city."""
    if "/v1/search" in url:
        return OSLO if "name=Oslo" in url else {}
    return WEATHER


def test_the_plugin_keeps_the_contract():
    """Everything that Homewit expects of a plugin's declarations."""
    check_plugin("homewit_weather:tools")


async def test_the_tool_keeps_the_contract(tmp_path):
    """A typed result with a text, and nothing on stdout."""
    await check_tool(weather_forecast, {"city": "Oslo"}, ctx=fake_context(tmp_path, net=FakeNet(server)))


async def test_the_forecast_of_a_day(tmp_path):
    """The place is looked up, and its forecast for that one day."""
    net = FakeNet(server)
    given = {"city": "Oslo", "day": "tomorrow"}
    result = await weather_forecast.call(given, fake_context(tmp_path, net=net))
    text = "Oslo on Saturday, 21 November: -2 to 3.5 °C, 1.2 mm of rain."
    expected = Forecast("Oslo", date(2026, 11, 21), -2.0, 3.5, 1.2, text)
    assert (result.text, result.data) == (text, {**vars(expected), "date": "2026-11-21"})
    assert "start_date=2026-11-21" in net.asked[1]


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ({"city": "Nowhere"}, "Write the city's English name alone."),
        ({"city": "Oslo", "day": "soon"}, "Write today, tomorrow or a date as 2026-05-03."),
        ({"city": "Oslo", "day": "2027-11-20"}, "It covers today and the 15 days after it."),
    ],
)
async def test_what_cannot_be_used_comes_back_with_a_hint(tmp_path, given, hint):
    """The model may try again, and is told how."""
    with pytest.raises(ToolRetry) as caught:
        await weather_forecast.call(given, fake_context(tmp_path, net=FakeNet(server)))
    assert caught.value.hint == hint


async def test_a_server_in_trouble_fails_the_call(tmp_path):
    """Trying again with other arguments would be no use."""
    ctx = fake_context(tmp_path, net=FakeNet(lambda url: (503, {})))
    with pytest.raises(ToolFailed, match="status 503"):
        await weather_forecast.call({"city": "Oslo"}, ctx)
