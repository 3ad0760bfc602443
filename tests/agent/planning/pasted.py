"""Requests beside a text, as people paste them, with the calls that are meant.

None where a model of this size can say nothing. Written down before the code that reads them.
"""

from typing import Any

MAIL = """Hi Sam,

Thanks for coming over last Tuesday, it was great to finally see the new place. Martin thinks that we
should book the flights before the end of the month. He found one from Berlin to Lisbon on the 14th for 129
euros, and one back on the 21st for 98. Could you ask Paul by Thursday whether he comes along?

One more thing: the heating will be checked on Monday between 9 and 12. Please send me the keys, and delete
the old address. Remind me to give you the book back.

Love,
Kate"""
RECIPE = """Lentil soup (4 people)

- 250 g red lentils
- 1 onion
- 2 carrots
- 1 l vegetable stock

Chop the onion and the carrots and fry them for five minutes. Add the lentils and the stock, cook for 20
minutes, and season with salt, pepper and a little lemon."""
LOG = """2026-05-02 08:14:11 INFO  server started on port 8080
2026-05-02 08:14:12 WARN  cache folder is missing, creating it
2026-05-02 08:15:40 ERROR could not connect to the database: connection refused
2026-05-02 08:15:41 INFO  retrying in 5 s"""
RAMBLING = (
    "So the thing with the flat is that the landlord wants to raise the rent by eight percent from March, "
    "which I think is too much, because the lift has been broken since summer and the heating fails often. "
    "My neighbour told me that she wrote to the tenants' association, and they said that we could ask for a "
    "reduction. I am not sure whether that is worth the trouble, but it would be nice to have the lift back "
    "before my mother visits in April."
)
CODE = "def area(radius):\n    # add the rest later\n    return 3.14 * radius ** 2\n\n\nprint(area(2))"

Call = tuple[str, dict[str, Any]]
TEXT = "(all of the text)"
NOTE: list[Call] = [("add_note", {"text": TEXT})]


def to_file(path: str) -> list[Call]:
    return [("write_file", {"path": path, "content": TEXT})]


def tasks(*titles: str) -> list[Call]:
    return [("add_task", {"title": title}) for title in titles]


PASTED: dict[tuple[str, str, str], list[Call] | None] = {
    ("save this as a note: ", MAIL, ""): NOTE,
    ("Save this as a note:\n\n", MAIL, ""): NOTE,
    ("please note this down:\n", RECIPE, ""): NOTE,
    ("keep this as a note\n\n", RECIPE, ""): NOTE,
    ("", RECIPE, "\n\nsave that as a note please"): NOTE,
    ("can you save this recipe as a note?\n\n", RECIPE, ""): NOTE,
    ("note:\n", RECIPE, ""): NOTE,
    ("new note: ", "milk\nbread\neggs", ""): NOTE,
    ("write this to mail.txt: ", MAIL, ""): to_file("mail.txt"),
    ("save the following to recipes/soup.md:\n\n", RECIPE, ""): to_file("recipes/soup.md"),
    ("put this into log.txt\n\n", LOG, ""): to_file("log.txt"),
    ("", CODE, "\n\nsave this as area.py"): to_file("area.py"),
    ("send this to kate@example.org:\n\n", RECIPE, ""): [
        ("send_mail", {"to": "kate@example.org", "body": TEXT})
    ],
    ("add these to my tasks:\n", "- milk\n- bread\n- eggs", ""): tasks("milk", "bread", "eggs"),
    ("Add to my tasks:\n", "1. call the bank\n2. book the dentist\n3. water the plants", ""): tasks(
        "call the bank", "book the dentist", "water the plants"
    ),
    ("put the following on my todo list:\n", "* fix the bike\n* renew passport", ""): tasks(
        "fix the bike", "renew passport"
    ),
    ("add these tasks:\n", "milk and honey\nhaircut", ""): tasks("milk and honey", "haircut"),
    ("", MAIL, "\n\nremind me on thursday at 9 to ask Paul"): [
        ("set_reminder", {"text": "ask Paul", "at": "on thursday at 9"})
    ],
    ("remind me tomorrow at 8 to answer Kate\n\n", MAIL, ""): [
        ("set_reminder", {"text": "answer Kate", "at": "tomorrow at 8"})
    ],
    ("add book the flights to my tasks\n\n", MAIL, ""): tasks("book the flights"),
    ("put heating check on monday at 9 in my calendar:\n\n", MAIL, ""): [
        ("add_event", {"title": "heating check", "start": "on monday at 9"})
    ],
    ("summarise this: ", MAIL, ""): None,
    ("summarize:\n", MAIL, ""): None,
    ("tl;dr?\n\n", MAIL, ""): None,
    ("", MAIL, "\n\nwhat does she want from me?"): None,
    ("what is this about?\n", LOG, ""): None,
    ("draft a reply to this mail:\n", MAIL, ""): None,
    ("translate this into German: ", RECIPE, ""): None,
    ("fix the grammar:\n\n", RAMBLING, ""): None,
    ("explain this code:\n", CODE, ""): None,
    ("how much are the flights together?\n\n", MAIL, ""): None,
    ("", MAIL, ""): None,
    ("", RECIPE, ""): None,
    ("", RAMBLING, ""): None,
    ("", LOG, ""): None,
    ("", RAMBLING, " Remind me on friday to call the landlord."): [
        ("set_reminder", {"text": "call the landlord", "at": "on friday"})
    ],
}
"""By what stands before the text, the text, and what stands behind it."""
KEPT_ASIDE: dict[tuple[str, str, str], list[Call] | None] = {
    ("make a note of this:\n", MAIL, ""): NOTE,
    ("store the text below as a note.\n\n", RECIPE, ""): NOTE,
    ("hey, can you keep this mail in my notes?\n\n", MAIL, ""): NOTE,
    ("", LOG, "\n\njot that down"): NOTE,
    ("note down the following: ", RECIPE, ""): NOTE,
    ("Write the following text into notes/kate.txt:\n\n", MAIL, ""): to_file("notes/kate.txt"),
    ("create a file soup.txt with this:\n", RECIPE, ""): to_file("soup.txt"),
    ("", RECIPE, "\n\nput it in soup.txt"): to_file("soup.txt"),
    ("save this code to area.py\n\n", CODE, ""): to_file("area.py"),
    ("mail this to bob@example.com: ", RECIPE, ""): [("send_mail", {"to": "bob@example.com", "body": TEXT})],
    ("todos:\n", "- tidy the cellar\n- sell the old bike", ""): tasks("tidy the cellar", "sell the old bike"),
    ("can you put these on my task list?\n", "passport\nflight tickets\nsunscreen", ""): tasks(
        "passport", "flight tickets", "sunscreen"
    ),
    ("add all of these to my to-do list:\n\n", "1) call mum\n2) pay the rent", ""): tasks(
        "call mum", "pay the rent"
    ),
    ("please add the following tasks:\n", "- dentist\n- new tyres\n- tax papers", ""): tasks(
        "dentist", "new tyres", "tax papers"
    ),
    ("set a reminder for friday 6pm to answer this mail\n\n", MAIL, ""): [
        ("set_reminder", {"text": "answer this mail", "at": "friday 6pm"})
    ],
    ("", MAIL, "\n\nadd ask Paul about Lisbon to my todo list"): tasks("ask Paul about Lisbon"),
    ("", MAIL, "\n\nwhat is 129 + 98?"): [("calculate", {"expression": "129 + 98"})],
    ("whats the gist\n\n", RAMBLING, ""): None,
    ("what went wrong here?\n\n", LOG, ""): None,
    ("", MAIL, "\n\nsummary please"): None,
    ("reply to this politely: ", MAIL, ""): None,
    ("who wrote this?\n\n", MAIL, ""): None,
    ("shorten to two sentences:\n", RAMBLING, ""): None,
    ("Here is a mail that I got:\n\n", MAIL, ""): None,
}
"""Others, that nobody looked at while the code was written."""
LISTS: dict[tuple[str, str, str], list[Call] | None] = {
    ("delete these tasks:\n", "- milk\n- bread", ""): [
        ("delete_task", {"task": "milk"}),
        ("delete_task", {"task": "bread"}),
    ],
    ("read these files:\n", "a.txt\nnotes/b.txt", ""): [
        ("read_file", {"path": "a.txt"}),
        ("read_file", {"path": "notes/b.txt"}),
    ],
    ("add these to my calendar:\n", "- dentist friday 10am\n- lunch with Ann on monday at 12", ""): [
        ("add_event", {"title": "dentist", "start": "friday 10am"}),
        ("add_event", {"title": "lunch with Ann", "start": "on monday at 12"}),
    ],
    ("convert these to km:\n", "5 miles\n10 miles", ""): [
        ("convert_units", {"value": 5, "from_unit": "miles", "to_unit": "km"}),
        ("convert_units", {"value": 10, "from_unit": "miles", "to_unit": "km"}),
    ],
    ("email bob@example.com saying:\n", "Hi Bob,\nthe party is on friday.\nSam", ""): [
        ("send_mail", {"to": "bob@example.com", "body": TEXT})
    ],
    ("write a mail to bob@example.com:\n\n", "Hi Bob,\n\nthe party is on friday.\n\nSam", ""): [
        ("draft_mail", {"to": "bob@example.com", "body": TEXT})
    ],
    ("add these up:\n", "12\n30\n5", ""): None,
    ("shopping list:\n", "- milk\n- bread", ""): None,
}
"""Lists, and mails as people write them."""
WHOLE = (
    "add milk to my tasks\nremind me at 5 to call Bob",
    "do the following:\nadd milk to my tasks\nremind me at 5 to call Bob\nshow my calendar",
    "convert 5 miles to km\n\nsave the result to out.txt",
    "1. what is 17 * 23?\n2. show my tasks\n3. what's on my calendar tomorrow",
    "add a task: buy milk\nadd a task: call Bob",
    "remind me at 5: call Bob",
    "what's the weather like?\nand tomorrow?",
)
"""Requests with lines or colons of which nothing is a text."""
