"""Finds the time zone of a city, a country or an abbreviation, offline.

Most names come from the time zone database itself: its zones are named after cities, and its tables say
which country a zone belongs to. The table here adds cities and regions that have no zone of their own,
abbreviations, and the zone that is meant by a country with several.
"""

import difflib
import functools
import re
import unicodedata
from datetime import timedelta, timezone, tzinfo
from importlib import resources
from zoneinfo import ZoneInfo, available_timezones

from ..errors import ToolRetry

# zone: names in lower case without accents, separated by commas; indented lines go on
_EXTRA = """
UTC: utc, gmt, z, zulu, greenwich, coordinated universal time, universal time
America/New_York: est, edt, et, eastern, eastern time, us eastern, usa, us, united states, america,
  boston, washington, washington dc, dc, philadelphia, miami, atlanta, orlando, tampa, pittsburgh,
  baltimore, cleveland, charlotte, buffalo, nyc, new york city, brooklyn, manhattan, florida, georgia usa,
  massachusetts, pennsylvania, ohio, virginia, north carolina, michigan, new jersey, connecticut, maine,
  vermont
America/Chicago: cst, cdt, ct, central, central time, houston, dallas, austin, san antonio, minneapolis,
  st louis, milwaukee, nashville, memphis, new orleans, kansas city, oklahoma city, texas, illinois,
  minnesota, wisconsin, louisiana, alabama, iowa, missouri, oklahoma, tennessee
America/Denver: mst, mdt, mt, mountain, mountain time, salt lake city, albuquerque, el paso, colorado,
  utah, new mexico, montana, wyoming
America/Phoenix: arizona, tucson
America/Los_Angeles: pst, pdt, pt, pacific, pacific time, la, san francisco, sf, san diego, san jose,
  seattle, portland, las vegas, sacramento, oakland, california, oregon, nevada, washington state, silicon
  valley
America/Anchorage: akst, akdt, alaska
Pacific/Honolulu: hst, hawaii
America/Toronto: canada, ottawa, montreal, quebec, ontario
America/Vancouver: victoria, british columbia
America/Edmonton: calgary, alberta
America/Halifax: ast, adt, nova scotia
America/St_Johns: nst, newfoundland
America/Mexico_City: mexico, guadalajara, cdmx
America/Sao_Paulo: brazil, brasilia, rio, rio de janeiro, brt
America/Argentina/Buenos_Aires: argentina
America/Santiago: chile
America/Guayaquil: ecuador, quito
Europe/London: uk, united kingdom, britain, great britain, england, scotland, wales, edinburgh, glasgow,
  manchester, birmingham, liverpool, bst, oxford, cambridge, bristol, leeds, cardiff
Europe/Berlin: cet, cest, germany, munich, hamburg, frankfurt, cologne, stuttgart, dusseldorf, leipzig,
  dresden, muenchen, koeln, central european time
Europe/Paris: france, lyon, marseille, nice, toulouse, bordeaux, strasbourg
Europe/Madrid: spain, barcelona, valencia, seville, malaga
Europe/Rome: milan, florence, naples, venice, turin, milano
Europe/Zurich: geneva, basel, bern, lausanne
Europe/Vienna: salzburg, graz, innsbruck
Europe/Brussels: antwerp, bruges, ghent
Europe/Amsterdam: holland, rotterdam, the hague, utrecht, eindhoven
Europe/Lisbon: portugal, porto, wet, west
Europe/Warsaw: krakow, cracow, wroclaw, gdansk
Europe/Athens: eet, eest
Europe/Kyiv: ukraine, kiev, lviv
Europe/Moscow: russia, msk, st petersburg, saint petersburg
Europe/Istanbul: turkey, turkiye, ankara
Europe/Copenhagen: aarhus
Europe/Stockholm: gothenburg, malmo
Asia/Kolkata: ist, india, delhi, new delhi, mumbai, bombay, bangalore, bengaluru, chennai, hyderabad,
  calcutta, pune
Asia/Karachi: pkt, islamabad, lahore
Asia/Dubai: gst, uae, united arab emirates, abu dhabi
Asia/Riyadh: mecca, jeddah
Asia/Jerusalem: tel aviv, haifa
Asia/Shanghai: china, beijing, peking, shenzhen, guangzhou, chengdu, wuhan
Asia/Hong_Kong: hkt
Asia/Singapore: sgt
Asia/Tokyo: jst, osaka, kyoto, yokohama, nagoya, sapporo
Asia/Seoul: kst, south korea, korea, busan
Asia/Manila: pht
Asia/Jakarta: indonesia, wib
Asia/Makassar: bali, denpasar
Asia/Ho_Chi_Minh: vietnam, hanoi, saigon
Asia/Kuala_Lumpur: malaysia, penang
Asia/Almaty: kazakhstan, astana
Asia/Tashkent: uzbekistan
Asia/Ulaanbaatar: mongolia
Australia/Sydney: australia, aest, aedt, canberra, new south wales
Australia/Brisbane: queensland, gold coast
Australia/Adelaide: acst, acdt
Australia/Perth: awst
Pacific/Auckland: new zealand, nzst, nzdt, wellington, christchurch
Africa/Johannesburg: sast, cape town, pretoria, durban
Africa/Lagos: wat, abuja
Africa/Nairobi: eat
Africa/Cairo: alexandria
Africa/Kinshasa: congo
Africa/Casablanca: morocco, marrakesh, marrakech, rabat
Pacific/Tahiti: french polynesia
America/Nuuk: greenland
"""
_OFFSET = re.compile(r"(?:utc|gmt)? ?([+-])(\d{1,2})(?::?(\d{2}))?")


def find_zone(name: str) -> tuple[str, tzinfo]:
    """Return a zone's key and the zone for what people call it; raises ToolRetry."""
    words = _folded(name)
    if offset := _OFFSET.fullmatch(words):
        return _fixed(offset, name)
    table = _table()
    for candidate in _candidates(words):
        if candidate in table:
            key = table[candidate]
            return key, ZoneInfo(key)
    near = difflib.get_close_matches(words, table, n=2, cutoff=0.75)
    hint = f"Did you mean {' or '.join(word.title() for word in near)}?" if near else ""
    raise ToolRetry(
        f"The time zone of {name!r} is not known.", hint or 'Name a large city or "Europe/Berlin".'
    )


def _candidates(words: str) -> list[str]:
    """The name itself, without filler words, and its parts before and after a comma."""
    trimmed = re.sub(
        r"^(?:the )?(?:time )?(?:in |zone )?(?:the )?|(?: standard| local)? time(?: zone)?$", "", words
    )
    first, _, rest = trimmed.partition(",")
    return [words, trimmed, first.strip(), rest.strip(), trimmed.removesuffix(" city")]


def _fixed(offset: re.Match[str], name: str) -> tuple[str, tzinfo]:
    hours, minutes = int(offset[2]), int(offset[3] or 0)
    if hours > 14 or minutes > 59:
        raise ToolRetry(f"{name!r} is not an offset that any zone has.", "Write it like UTC+2.")
    delta = timedelta(hours=hours, minutes=minutes) * (-1 if offset[1] == "-" else 1)
    key = f"UTC{offset[1]}{hours}" + (f":{minutes:02}" if minutes else "")
    return key, timezone(delta, key)


@functools.cache
def _table() -> dict[str, str]:
    table: dict[str, str] = {}
    for key in sorted(available_timezones()):
        table[key.lower()] = key
        if "/" in key and not key.startswith("Etc/"):
            table.setdefault(_folded(key.rpartition("/")[2].replace("_", " ")), key)
    table.update(_countries())
    for line in _EXTRA.strip().replace("\n  ", " ").splitlines():
        key, names = line.split(": ", 1)
        table.update(dict.fromkeys(names.split(", "), key))
    return table


def _countries() -> dict[str, str]:
    """Countries by name; one with several zones gets the first that the database lists for it."""
    folder = resources.files("tzdata") / "zoneinfo"
    names = dict(_rows((folder / "iso3166.tab").read_text("utf-8"), 0, 1))
    countries: dict[str, str] = {}
    for code, key in _rows((folder / "zone.tab").read_text("utf-8"), 0, 2):
        if code in names:
            countries.setdefault(_folded(names[code]), key)
    return countries


def _rows(text: str, first: int, second: int) -> list[tuple[str, str]]:
    lines = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return [(cells[first], cells[second]) for cells in lines]


def _folded(name: str) -> str:
    """Lower case, no accents, no dots, single spaces."""
    decomposed = unicodedata.normalize("NFKD", name.strip().replace("_", " "))
    plain = "".join(char for char in decomposed if not unicodedata.combining(char)).lower()
    if "/" in name:
        return plain.replace(" ", "_")
    return re.sub(r"\s+", " ", plain.replace(".", "")).strip("?! ")
